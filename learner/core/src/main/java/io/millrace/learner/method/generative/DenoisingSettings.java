package io.millrace.learner.method.generative;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.NoiseSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the denoising autoencoder: the autoencoder's, with noise. A quarter of the pixels
 * masked is Vincent et al.'s; the normal noise besides is ours.
 */
public record DenoisingSettings(
    @Doc("what is reconstructed") ViewSettings view,
    @Doc("what the student sees it under") NoiseSettings noise,
    @Doc("channels of the decoder's first map; each stage halves them") @Range(min = 8, max = 4096)
        int decoderChannels,
    @Doc("of student and decoder") OptimizerSettings optimizer,
    @Doc("over the steps") ScheduleSettings learningRate)
    implements ReconstructionSettings {
  public DenoisingSettings {
    Allowed.check(DenoisingSettings.class, view, noise, decoderChannels, optimizer, learningRate);
    Checks.decodable("view", view);
  }

  /** The autoencoder's, with the default noise. */
  public static DenoisingSettings defaults() {
    AutoencoderSettings plain = AutoencoderSettings.defaults();
    return new DenoisingSettings(
        plain.view(),
        NoiseSettings.defaults(),
        plain.decoderChannels(),
        plain.optimizer(),
        plain.learningRate());
  }
}
