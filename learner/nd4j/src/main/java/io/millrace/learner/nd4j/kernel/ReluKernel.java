package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.comparison.CompareAndReplace;
import org.nd4j.linalg.indexing.conditions.Conditions;

/** max(0, x), over its input where nobody else reads that. */
final class ReluKernel implements Kernel {
  private final boolean inPlace;

  ReluKernel(boolean inPlace) {
    this.inPlace = inPlace;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    return Ops.call("relu").in(x).numbers(0).into(inPlace ? x : memory.take(x.shape()));
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    if (!wantInput) {
      return null;
    }
    // dy where y is greater than 0; else y itself, which is 0. In one pass, unlike relu_bp.
    Ops.run(new CompareAndReplace(y, dy, dy, Conditions.greaterThan(0)));
    return dy;
  }
}
