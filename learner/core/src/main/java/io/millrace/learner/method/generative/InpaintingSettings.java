package io.millrace.learner.method.generative;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.HoleSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the context encoder: the autoencoder's, with the middle half of height and width cut
 * out as pathak22/context-encoder does at 128 pixels. There the middle is all that is
 * reconstructed; here the whole image is, and the hole counts more (ours).
 */
public record InpaintingSettings(
    @Doc("what is reconstructed") ViewSettings view,
    @Doc("what is cut out of it") HoleSettings holes,
    @Doc("weight of a pixel around the hole, against 1 in it") @Range(min = 0, max = 1)
        double contextWeight,
    @Doc("channels of the decoder's first map; each stage halves them") @Range(min = 8, max = 4096)
        int decoderChannels,
    @Doc("of student and decoder") OptimizerSettings optimizer,
    @Doc("over the steps") ScheduleSettings learningRate,
    @Doc("a discriminator that what fills the hole is to deceive") AdversarySettings adversary)
    implements ReconstructionSettings {
  public InpaintingSettings {
    Allowed.check(
        InpaintingSettings.class,
        view,
        holes,
        contextWeight,
        decoderChannels,
        optimizer,
        learningRate,
        adversary);
    Checks.decodable("view", view);
  }

  /** With nobody to deceive. */
  public InpaintingSettings(
      ViewSettings view,
      HoleSettings holes,
      double contextWeight,
      int decoderChannels,
      OptimizerSettings optimizer,
      ScheduleSettings learningRate) {
    this(
        view,
        holes,
        contextWeight,
        decoderChannels,
        optimizer,
        learningRate,
        AdversarySettings.defaults());
  }

  /** The autoencoder's, with a hole in the middle. */
  public static InpaintingSettings defaults() {
    AutoencoderSettings plain = AutoencoderSettings.defaults();
    return new InpaintingSettings(
        plain.view(),
        HoleSettings.center(),
        0.1,
        plain.decoderChannels(),
        plain.optimizer(),
        plain.learningRate());
  }
}
