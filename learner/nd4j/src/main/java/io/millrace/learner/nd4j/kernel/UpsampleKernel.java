package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Nearest-neighbor enlargement by a whole factor. */
final class UpsampleKernel implements Kernel {
  private final int factor;

  UpsampleKernel(int factor) {
    this.factor = factor;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.requireImages(x);
    INDArray y = memory.take(x.size(0), x.size(1), x.size(2) * factor, x.size(3) * factor);
    return Ops.call("upsampling2d").in(x).integers(factor, factor, 1).into(y);
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    if (!wantInput) {
      return null;
    }
    INDArray dx = memory.take(x.shape());
    return Ops.call("upsampling2d_bp").in(x, dy).integers(factor, factor, 1).into(dx);
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
