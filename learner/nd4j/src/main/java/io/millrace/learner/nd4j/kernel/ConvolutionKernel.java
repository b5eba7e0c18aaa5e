package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** ND4J's {@code conv2d} and {@code conv2d_bp}, which oneDNN computes in float32. */
final class ConvolutionKernel implements Kernel {
  private final Window window;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** The weight is [out, in, kernel, kernel]. */
  ConvolutionKernel(Window window, Parameter weight, @Nullable Parameter bias) {
    this.window = window;
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.require(x, 4, weight.value().size(1));
    long height = window.places(x.size(2));
    INDArray y = memory.take(x.size(0), weight.value().size(0), height, window.places(x.size(3)));
    Ops.Call call = Ops.call("conv2d").in(x, weight.value());
    if (bias != null) {
      call.in(bias.value());
    }
    return call.integers(window.convolving()).into(y);
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    INDArray dx = memory.take(x.shape());
    INDArray dw = memory.scratch(weight.value().shape());
    int[] arguments = window.convolving();
    if (bias != null) {
      INDArray db = memory.scratch(bias.value().shape());
      Ops.call("conv2d_bp")
          .in(x, weight.value(), bias.value(), dy)
          .integers(arguments)
          .into(dx, dw, db);
      bias.add(db, accumulate, memory);
    } else {
      Ops.call("conv2d_bp").in(x, weight.value(), dy).integers(arguments).into(dx, dw);
    }
    weight.add(dw, accumulate, memory);
    if (!wantInput) {
      memory.giveBack(dx);
      return null;
    }
    return dx;
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
