package io.millrace.learner.method.generative;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.HoleSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the context encoder: the autoencoder's, with the middle half of height and width cut
 * out as pathak22/context-encoder does at 128 pixels. There the middle is all that is
 * reconstructed; here the whole image is, and the hole counts more (ours).
 *
 * @param view what is reconstructed
 * @param holes what is cut out of it
 * @param contextWeight weight of a pixel around the hole, against 1 in it; 0 to 1
 * @param decoderChannels channels of the decoder's first map, 8 to 4096; each stage halves them
 * @param optimiser of student and decoder
 * @param learningRate over the steps
 * @param adversary a discriminator that what fills the hole is to deceive
 */
public record InpaintingSettings(
    ViewSettings view,
    HoleSettings holes,
    double contextWeight,
    int decoderChannels,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate,
    AdversarySettings adversary)
    implements ReconstructionSettings {
  public InpaintingSettings {
    ReconstructionSettings.check(view, decoderChannels);
    Checks.weight("contextWeight", contextWeight, 1);
  }

  /** With nobody to deceive. */
  public InpaintingSettings(
      ViewSettings view,
      HoleSettings holes,
      double contextWeight,
      int decoderChannels,
      OptimiserSettings optimiser,
      ScheduleSettings learningRate) {
    this(
        view,
        holes,
        contextWeight,
        decoderChannels,
        optimiser,
        learningRate,
        AdversarySettings.defaults());
  }

  /** The autoencoder's, with a hole in the middle. */
  public static InpaintingSettings defaults() {
    AutoencoderSettings plain = AutoencoderSettings.defaults();
    return new InpaintingSettings(
        plain.view(),
        HoleSettings.centre(),
        0.1,
        plain.decoderChannels(),
        plain.optimiser(),
        plain.learningRate());
  }
}
