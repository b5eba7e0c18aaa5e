package io.millrace.learner.method.settings;

import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/** What the settings of every method have in common. */
public interface LearningSettings {
  /** Of the student and its heads. */
  OptimizerSettings optimizer();

  /** Over the updates. */
  ScheduleSettings learningRate();
}
