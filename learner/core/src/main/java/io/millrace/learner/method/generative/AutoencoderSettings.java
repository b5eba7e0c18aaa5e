package io.millrace.learner.method.generative;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the autoencoder. No published recipe trains a ResNet so on a stream of small images:
 * all of it is ours, with DCGAN's generator as the decoder.
 */
public record AutoencoderSettings(
    @Doc("what is encoded and reconstructed") ViewSettings view,
    @Doc("channels of the decoder's first map; each stage halves them") @Range(min = 8, max = 4096)
        int decoderChannels,
    @Doc("of student and decoder") OptimizerSettings optimizer,
    @Doc("over the steps") ScheduleSettings learningRate)
    implements ReconstructionSettings {
  public AutoencoderSettings {
    Allowed.check(AutoencoderSettings.class, view, decoderChannels, optimizer, learningRate);
    Checks.decodable("view", view);
  }

  /** Crops of at least 0.4 in their own colors; AdamW at 1e-3. */
  public static AutoencoderSettings defaults() {
    return new AutoencoderSettings(
        ViewSettings.defaults().withViews(1).withScale(0.4, 1).cropsAlone(),
        256,
        OptimizerSettings.defaults().withKind(OptimizerSettings.Kind.ADAMW).withWeightDecay(1e-4),
        ScheduleSettings.constant(1e-3, 20));
  }
}
