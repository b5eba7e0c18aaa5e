package io.millrace.learner.nd4j.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A trainable array and the array its derivative is added to, both views of flat vectors. */
record Parameter(INDArray value, INDArray gradient) {

  /** Adds a derivative where that is wanted, and gives its memory back. */
  void add(INDArray derivative, boolean wanted, Memory memory) {
    if (wanted) {
      gradient.addi(derivative);
    }
    memory.giveBack(derivative);
  }
}
