package io.millrace.learner.method;

import io.millrace.learner.augment.ViewSettings;

/** What methods that reconstruct images have settings of in common. */
interface ReconstructionSettings extends LearningSettings {
  /** What is reconstructed. */
  ViewSettings view();

  /** Channels of the decoder's first map. */
  int decoderChannels();
}
