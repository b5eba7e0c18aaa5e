package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** ND4J's {@code conv2d} and {@code conv2d_bp}, which oneDNN computes in float32. */
final class ConvolutionKernel implements Kernel {
  private final int kernel;
  private final int stride;
  private final int padding;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** The weight is [out, in, kernel, kernel]. */
  ConvolutionKernel(
      int kernel, int stride, int padding, Parameter weight, @Nullable Parameter bias) {
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.require(x, 4, weight.value().size(1));
    INDArray y = memory.take(x.size(0), weight.value().size(0), out(x.size(2)), out(x.size(3)));
    Ops.Call call = Ops.call("conv2d").in(x, weight.value());
    if (bias != null) {
      call.in(bias.value());
    }
    return call.integers(arguments(kernel, stride, padding)).into(y);
  }

  private long out(long side) {
    long out = Math.floorDiv(side + 2L * padding - kernel, stride) + 1;
    if (out < 1) {
      throw new IllegalArgumentException("the image is smaller than the kernel of " + kernel);
    }
    return out;
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    INDArray dx = memory.take(x.shape());
    INDArray dw = memory.scratch(weight.value().shape());
    int[] arguments = arguments(kernel, stride, padding);
    if (bias != null) {
      INDArray db = memory.scratch(bias.value().shape());
      Ops.call("conv2d_bp")
          .in(x, weight.value(), bias.value(), dy)
          .integers(arguments)
          .into(dx, dw, db);
      add(accumulate, bias, db, memory);
    } else {
      Ops.call("conv2d_bp").in(x, weight.value(), dy).integers(arguments).into(dx, dw);
    }
    add(accumulate, weight, dw, memory);
    if (!wantInput) {
      memory.giveBack(dx);
      return null;
    }
    return dx;
  }

  static void add(boolean accumulate, Parameter parameter, INDArray gradient, Memory memory) {
    if (accumulate) {
      parameter.gradient().addi(gradient);
    }
    memory.giveBack(gradient);
  }

  /** Square kernel, stride and padding; no dilation; explicit padding; NCHW; OIHW. */
  static int[] arguments(int kernel, int stride, int padding) {
    return new int[] {kernel, kernel, stride, stride, padding, padding, 1, 1, 0, 0, 1};
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
