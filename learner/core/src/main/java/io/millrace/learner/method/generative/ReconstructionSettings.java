package io.millrace.learner.method.generative;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;

/** What methods that reconstruct images have settings of in common. */
interface ReconstructionSettings extends LearningSettings {
  /** What is reconstructed. */
  ViewSettings view();

  /** Channels of the decoder's first map. */
  int decoderChannels();

  /** The checks that all share. */
  static void check(ViewSettings view, int decoderChannels) {
    Checks.decodable("view", view);
    Checks.whole("decoderChannels", decoderChannels, 8, 4096);
  }
}
