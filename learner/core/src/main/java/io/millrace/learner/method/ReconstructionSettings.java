package io.millrace.learner.method;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/** What methods that reconstruct images have settings of in common. */
interface ReconstructionSettings {
  /** What is reconstructed. */
  ViewSettings view();

  /** Channels of the decoder's first map. */
  int decoderChannels();

  /** Of student and decoder. */
  OptimiserSettings optimiser();

  /** Over the steps. */
  ScheduleSettings learningRate();

  /** The checks that all share. */
  static void check(ViewSettings view, int decoderChannels) {
    Checks.decodable("view", view);
    Checks.whole("decoderChannels", decoderChannels, 8, 4096);
  }
}
