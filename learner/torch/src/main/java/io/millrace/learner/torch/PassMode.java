package io.millrace.learner.torch;

import io.millrace.learner.tensor.Mode;

/** How one forward pass is made. */
record PassMode(Mode mode) {

  boolean normalizesByBatch() {
    return mode != Mode.EVAL;
  }

  boolean updatesStatistics() {
    return mode == Mode.TRAIN;
  }
}
