package io.millrace.learner.method.joint;

import io.millrace.learner.method.settings.TwoViewSettings;

/** What methods that join two projections have settings of in common. */
interface JointEmbeddingSettings extends TwoViewSettings {
  /** Width of the projector's hidden layers. */
  int projectorHidden();

  /** Length of a projection. */
  int projection();
}
