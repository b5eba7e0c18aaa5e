package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Shapes;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A layer's arithmetic, over row-major arrays. One kernel serves one forward pass at a time and
 * keeps what its backward pass needs. Both the engine's networks and the layers that Deeplearning4j
 * loads run on kernels.
 */
interface Kernel {

  /** The result for {@code x}, which stays as it is unless the result is {@code x} itself. */
  INDArray forward(INDArray x, Mode mode, Memory memory);

  /**
   * The derivative by the input; adds the parameters' derivatives where asked.
   *
   * @param x the input of the forward pass
   * @param y its result
   * @param dy derivative by the result; may be overwritten and returned
   * @return null where {@code wantInput} is false
   */
  @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory);

  /** Whether the backward pass never reads the result, so that a next layer may overwrite it. */
  default boolean leavesResultFree() {
    return false;
  }

  /** Requires an input of this rank with this length of dimension 1. */
  static void require(INDArray x, int rank, long features) {
    if (x.rank() != rank || x.size(1) != features) {
      throw new IllegalArgumentException(
          "expected "
              + (rank == 2 ? "[batch, " + features + "]" : "[batch, " + features + ", h, w]"));
    }
  }

  /** Requires images. */
  static void requireImages(INDArray x) {
    if (x.rank() != 4) {
      throw new IllegalArgumentException(
          "expected [batch, channels, h, w], got " + Shapes.text(x.shape()));
    }
  }
}
