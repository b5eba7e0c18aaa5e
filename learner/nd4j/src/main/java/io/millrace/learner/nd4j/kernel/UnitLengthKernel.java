package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** x / max(‖x‖₂, 1e-12) for each row. */
final class UnitLengthKernel implements Kernel {
  private @Nullable INDArray length;

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    if (x.rank() != 2) {
      throw new IllegalArgumentException("expected [batch, features]");
    }
    INDArray y = memory.take(x.shape());
    INDArray lengths = memory.take(x.size(0), 1);
    UnitLength.of(x, y, lengths);
    length = lengths;
    return y;
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    INDArray lengths = length;
    if (!wantInput || lengths == null) {
      return null;
    }
    UnitLength.back(y, lengths, dy, memory);
    return dy;
  }
}
