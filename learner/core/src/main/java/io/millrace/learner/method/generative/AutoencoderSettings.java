package io.millrace.learner.method.generative;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the autoencoder. No published recipe trains a ResNet so on a stream of small images:
 * all of it is ours, with DCGAN's generator as the decoder.
 *
 * @param view what is encoded and reconstructed
 * @param decoderChannels channels of the decoder's first map, 8 to 4096; each stage halves them
 * @param optimiser of student and decoder
 * @param learningRate over the steps
 */
public record AutoencoderSettings(
    ViewSettings view,
    int decoderChannels,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements ReconstructionSettings {
  public AutoencoderSettings {
    ReconstructionSettings.check(view, decoderChannels);
  }

  /** Crops of at least 0.4 in their own colours; AdamW at 1e-3. */
  public static AutoencoderSettings defaults() {
    return new AutoencoderSettings(
        ViewSettings.defaults().withViews(1).withScale(0.4, 1).cropsAlone(),
        256,
        OptimiserSettings.defaults().withKind("adamw").withWeightDecay(1e-4),
        ScheduleSettings.constant(1e-3, 20));
  }
}
