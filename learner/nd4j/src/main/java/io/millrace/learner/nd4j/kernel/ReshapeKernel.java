package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Shapes;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The same elements in another shape; shares storage with its input. */
final class ReshapeKernel implements Kernel {
  private final long[] lengths;

  /** Lengths after the batch dimension, of which one may be -1. */
  ReshapeKernel(long... lengths) {
    this.lengths = lengths;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    long[] wanted = new long[lengths.length + 1];
    wanted[0] = x.size(0);
    System.arraycopy(lengths, 0, wanted, 1, lengths.length);
    return Ops.reshaped(x, Shapes.reshape("reshape", x.shape(), wanted));
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    return wantInput ? Ops.reshaped(dy, x.shape()) : null;
  }
}
