package io.millrace.learner.method.joint;

import io.millrace.learner.method.settings.LearningSettings;

/** What methods that predict a slow teacher's projections have settings of in common. */
interface BootstrapSettings extends LearningSettings {
  /** Width of the projector's hidden layer. */
  int projectorHidden();

  /** Length of a projection, and of a prediction. */
  int projection();

  /** Width of the predictor's hidden layer. */
  int predictorHidden();

  /** Share of itself the teacher keeps at each update. */
  double teacherMomentum();
}
