package io.millrace.learner.nd4j.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Where a kernel's arrays come from. */
interface Memory {
  /** A row-major array of undefined content, for a kernel's result. */
  INDArray take(long... shape);

  /** The same, for use within one call of a kernel. */
  INDArray scratch(long... shape);

  /** Takes back what {@link #take} or {@link #scratch} gave. */
  void giveBack(INDArray array);
}
