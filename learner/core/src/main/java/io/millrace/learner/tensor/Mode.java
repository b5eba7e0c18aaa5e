package io.millrace.learner.tensor;

/** How a network's normalization layers behave in one forward pass. */
public enum Mode {
  /** Normalize by the batch; update the running statistics once. */
  TRAIN,
  /** Normalize by the batch; leave the running statistics alone. */
  TRAIN_FROZEN_STATS,
  /** Normalize by the running statistics. */
  EVAL
}
