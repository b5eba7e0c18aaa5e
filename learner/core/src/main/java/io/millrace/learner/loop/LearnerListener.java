package io.millrace.learner.loop;

import io.millrace.learner.method.StepReport;

/** Told what the learner does, on its thread. */
public interface LearnerListener {
  /** Listens to nothing. */
  LearnerListener NONE = new LearnerListener() {};

  /**
   * An update was made.
   *
   * @param step updates made until now, this one among them
   */
  default void updated(long step, StepReport report) {}
}
