package io.millrace.learner.group;

import org.jspecify.annotations.Nullable;

/**
 * A process of the group is gone, hangs or never came. The group can't be used again: what an
 * exchange under way was to fill holds anything. Everybody goes back to the last checkpoint and
 * joins a new generation.
 */
public final class BrokenGroupException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message rank, generation, and what failed
   */
  public BrokenGroupException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
