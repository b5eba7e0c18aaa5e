package io.millrace.learner.method.generative;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the BiGAN. Optimizer and rates are its authors'; the normal latents, that the encoder
 * is the configured backbone and a DCGAN discriminator for 32 pixels are ours.
 */
public record BiganSettings(
    @Doc("what the real images are seen through") ViewSettings view,
    @Doc("length of z") @Range(min = 1, max = 4096) int latent,
    @Doc(
            "channels of the generator's first map and of the discriminator's last; each "
                + "stage halves them")
        @Range(min = 8, max = 4096)
        int generatorChannels,
    @Doc("length of the discriminator's image features and of its hidden layer over " + "pairs")
        @Range(min = 8, max = 16384)
        int jointHidden,
    @Doc("updates of the discriminator for each of encoder and generator")
        @Range(min = 1, max = 100)
        int discriminatorSteps,
    @Doc("of both players") OptimizerSettings optimizer,
    @Doc("the discriminator's over its updates") ScheduleSettings learningRate,
    @Doc("the encoder's and the generator's over their updates")
        ScheduleSettings generatorLearningRate)
    implements AdversarialSettings {
  public BiganSettings {
    Allowed.check(
        BiganSettings.class,
        view,
        latent,
        generatorChannels,
        jointHidden,
        discriminatorSteps,
        optimizer,
        learningRate,
        generatorLearningRate);
    Checks.decodable("view", view);
  }

  /** Adam at 2e-4 with β₁ 0.5, 50 latents, turn and turn about. */
  public static BiganSettings defaults() {
    GanSettings gan = GanSettings.defaults();
    return new BiganSettings(
        gan.view(),
        50,
        gan.generatorChannels(),
        512,
        gan.discriminatorSteps(),
        gan.optimizer(),
        gan.learningRate(),
        gan.generatorLearningRate());
  }
}
