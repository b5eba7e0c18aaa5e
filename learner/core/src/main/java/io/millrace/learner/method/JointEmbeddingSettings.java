package io.millrace.learner.method;

/** What methods that join two projections have settings of in common. */
interface JointEmbeddingSettings extends TwoViewSettings {
  /** Width of the projector's hidden layers. */
  int projectorHidden();

  /** Length of a projection. */
  int projection();
}
