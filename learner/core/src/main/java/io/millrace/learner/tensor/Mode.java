package io.millrace.learner.tensor;

/** How a network's normalisation layers behave in one forward pass. */
public enum Mode {
  /** Normalise by the batch; update the running statistics once. */
  TRAIN,
  /** Normalise by the batch; leave the running statistics alone. */
  TRAIN_FROZEN_STATS,
  /** Normalise by the running statistics. */
  EVAL
}
