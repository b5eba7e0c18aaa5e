package io.millrace.learner.method.settings;

import io.millrace.learner.augment.ViewSettings;

/** What methods that compare two views of each image have settings of in common. */
interface TwoViewSettings extends LearningSettings {
  /** One view of each image. */
  ViewSettings firstView();

  /** The other view. */
  ViewSettings secondView();
}
