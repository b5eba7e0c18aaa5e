package io.millrace.learner.method.settings;

import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/** What the settings of every method have in common. */
interface LearningSettings {
  /** Of the student and its heads. */
  OptimiserSettings optimiser();

  /** Over the updates. */
  ScheduleSettings learningRate();
}
