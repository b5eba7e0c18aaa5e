package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Mean over height and width. */
final class AveragePoolKernel implements Kernel {
  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.requireImages(x);
    INDArray y = memory.take(x.size(0), x.size(1));
    return Ops.call("reduce_mean").in(x).integers(2, 3).into(y);
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    if (!wantInput) {
      return null;
    }
    INDArray dx = memory.take(x.shape());
    dx.assign(0);
    dy.divi(x.size(2) * x.size(3));
    return Ops.call("add").in(dx, dy.reshape('c', x.size(0), x.size(1), 1, 1)).into(dx);
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
