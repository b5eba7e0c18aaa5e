package io.millrace.learner.group;

import java.util.Locale;

/** What carries an exchange between processes. */
public enum GroupBackend {
  /** NCCL on a GPU where it is there, else gloo. */
  AUTO,
  /** TCP between hosts; tensors of a GPU go through the host's memory. */
  GLOO,
  /** Between GPUs. */
  NCCL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
