package io.millrace.learner.method.generative;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.NoiseSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the denoising autoencoder: the autoencoder's, with noise. A quarter of the pixels
 * masked is Vincent et al.'s; the normal noise besides is ours.
 *
 * @param view what is reconstructed
 * @param noise what the student sees it under
 * @param decoderChannels channels of the decoder's first map, 8 to 4096; each stage halves them
 * @param optimiser of student and decoder
 * @param learningRate over the steps
 */
public record DenoisingSettings(
    ViewSettings view,
    NoiseSettings noise,
    int decoderChannels,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements ReconstructionSettings {
  public DenoisingSettings {
    ReconstructionSettings.check(view, decoderChannels);
  }

  /** The autoencoder's, with the default noise. */
  public static DenoisingSettings defaults() {
    AutoencoderSettings plain = AutoencoderSettings.defaults();
    return new DenoisingSettings(
        plain.view(),
        NoiseSettings.defaults(),
        plain.decoderChannels(),
        plain.optimiser(),
        plain.learningRate());
  }
}
