package io.millrace.ops.node;

import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.method.StepReport;
import io.millrace.ops.metrics.LogLines;

/** Puts the step on the learner's log lines, then tells who listens. */
record LoggedSteps(LearnerListener next) implements LearnerListener {
  @Override
  public void updated(long step, StepReport report) {
    LogLines.step(step);
    next.updated(step, report);
  }
}
