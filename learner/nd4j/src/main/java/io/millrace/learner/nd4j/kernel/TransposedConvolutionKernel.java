package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A transposed convolution is a convolution's derivative by its input, so its own derivative by the
 * input is that convolution.
 */
final class TransposedConvolutionKernel implements Kernel {
  private final Window window;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** The weight is [in, out, kernel, kernel]. */
  TransposedConvolutionKernel(Window window, Parameter weight, @Nullable Parameter bias) {
    this.window = window;
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.require(x, 4, weight.value().size(0));
    long height = window.side(x.size(2));
    INDArray y = memory.take(x.size(0), weight.value().size(1), height, window.side(x.size(3)));
    INDArray dw = memory.scratch(weight.value().shape());
    // conv2d_bp reads its input for the weights' derivative alone, which is thrown away here.
    y.assign(0);
    INDArray result = memory.scratch(y.shape());
    Ops.call("conv2d_bp").in(y, weight.value(), x).integers(window.convolving()).into(result, dw);
    memory.giveBack(dw);
    if (bias == null) {
      y.assign(result);
    } else {
      Ops.call("add").in(result, bias.value().reshape(1, bias.value().length(), 1, 1)).into(y);
    }
    memory.giveBack(result);
    return y;
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    int[] arguments = window.convolving();
    if (accumulate) {
      INDArray unused = memory.scratch(dy.shape());
      INDArray dw = memory.scratch(weight.value().shape());
      Ops.call("conv2d_bp").in(dy, weight.value(), x).integers(arguments).into(unused, dw);
      memory.giveBack(unused);
      weight.add(dw, true, memory);
      if (bias != null) {
        INDArray db = memory.scratch(bias.value().shape());
        Ops.call("reduce_sum").in(dy).integers(0, 2, 3).into(db);
        bias.add(db, true, memory);
      }
    }
    if (!wantInput) {
      return null;
    }
    INDArray dx = memory.take(x.shape());
    return Ops.call("conv2d").in(dy, weight.value()).integers(arguments).into(dx);
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
