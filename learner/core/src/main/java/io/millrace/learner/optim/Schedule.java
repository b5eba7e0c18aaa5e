package io.millrace.learner.optim;

/**
 * A number as a function of the step, counted from 0. A stream has no last step, so none is
 * assumed.
 */
@FunctionalInterface
public interface Schedule {
  double at(long step);

  /** The same for a batch of so many images, where that makes a difference. */
  default double at(long step, int images) {
    return at(step);
  }
}
