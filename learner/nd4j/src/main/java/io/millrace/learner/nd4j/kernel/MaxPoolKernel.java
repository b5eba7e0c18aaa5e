package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** ND4J's {@code maxpool2d} and {@code maxpool2d_bp}. */
final class MaxPoolKernel implements Kernel {
  private final Window window;

  MaxPoolKernel(Window window) {
    this.window = window;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.requireImages(x);
    long height = window.places(x.size(2));
    INDArray y = memory.take(x.size(0), x.size(1), height, window.places(x.size(3)));
    Ops.call("maxpool2d").in(x).integers(window.pooling()).into(y);
    if (Ops.mayHoldNaN(x)) {
      // A window's mean is NaN where it has seen one.
      INDArray means = memory.scratch(y.shape());
      Ops.keepNaN(Ops.call("avgpool2d").in(x).integers(window.pooling()).into(means), y);
      memory.giveBack(means);
    }
    return y;
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    if (!wantInput) {
      return null;
    }
    INDArray dx = memory.take(x.shape());
    return Ops.call("maxpool2d_bp").in(x, dy).integers(window.pooling()).into(dx);
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
