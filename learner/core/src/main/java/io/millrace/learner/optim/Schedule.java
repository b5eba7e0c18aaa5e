package io.millrace.learner.optim;

/**
 * A number as a function of the step, counted from 0. A stream has no last step, so none is
 * assumed.
 */
@FunctionalInterface
public interface Schedule {
  double at(long step);
}
