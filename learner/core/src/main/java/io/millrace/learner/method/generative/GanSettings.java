package io.millrace.learner.method.generative;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the GAN. Optimizer, rates and latent are DCGAN's; that the discriminator is the
 * configured backbone, at 32 pixels, is ours, so that its features compare with other methods'.
 */
public record GanSettings(
    @Doc("what the real images are seen through") ViewSettings view,
    @Doc("length of z") @Range(min = 1, max = 4096) int latent,
    @Doc("channels of the generator's first map; each stage halves them")
        @Range(min = 8, max = 4096)
        int generatorChannels,
    @Doc("updates of the discriminator for each of the generator") @Range(min = 1, max = 100)
        int discriminatorSteps,
    @Doc("of both players") OptimizerSettings optimizer,
    @Doc("the discriminator's over its updates") ScheduleSettings learningRate,
    @Doc("the generator's over its updates") ScheduleSettings generatorLearningRate)
    implements AdversarialSettings {
  public GanSettings {
    Allowed.check(
        GanSettings.class,
        view,
        latent,
        generatorChannels,
        discriminatorSteps,
        optimizer,
        learningRate,
        generatorLearningRate);
    Checks.decodable("view", view);
  }

  /** Adam at 2e-4 with β₁ 0.5, turn and turn about. */
  public static GanSettings defaults() {
    return new GanSettings(
        AutoencoderSettings.defaults().view(),
        100,
        256,
        1,
        adam(),
        ScheduleSettings.constant(2e-4, 0),
        ScheduleSettings.constant(2e-4, 0));
  }

  /** DCGAN's and BiGAN's optimizer. */
  public static OptimizerSettings adam() {
    return OptimizerSettings.defaults()
        .withKind(OptimizerSettings.Kind.ADAMW)
        .withWeightDecay(0)
        .withBeta1(0.5);
  }
}
