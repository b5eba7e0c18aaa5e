package io.millrace.learner.torch;

import io.millrace.learner.tensor.Mode;

/** How one forward pass is made. */
record Pass(Mode mode) {

  boolean normalisesByBatch() {
    return mode != Mode.EVAL;
  }

  boolean updatesStatistics() {
    return mode == Mode.TRAIN;
  }
}
