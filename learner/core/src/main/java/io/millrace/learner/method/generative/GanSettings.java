package io.millrace.learner.method.generative;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the GAN. Optimiser, rates and latent are DCGAN's; that the discriminator is the
 * configured backbone, at 32 pixels, is ours, so that its features compare with other methods'.
 *
 * @param view what the real images are seen through
 * @param latent length of z, 1 to 4096
 * @param generatorChannels channels of the generator's first map, 8 to 4096; each stage halves them
 * @param discriminatorSteps updates of the discriminator for each of the generator, 1 to 100
 * @param optimiser of both players
 * @param learningRate the discriminator's over its updates
 * @param generatorLearningRate the generator's over its updates
 */
public record GanSettings(
    ViewSettings view,
    int latent,
    int generatorChannels,
    int discriminatorSteps,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate,
    ScheduleSettings generatorLearningRate)
    implements AdversarialSettings {
  public GanSettings {
    Checks.decodable("view", view);
    Checks.whole("latent", latent, 1, 4096);
    Checks.whole("generatorChannels", generatorChannels, 8, 4096);
    Checks.whole("discriminatorSteps", discriminatorSteps, 1, 100);
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

  /** DCGAN's and BiGAN's optimiser. */
  static OptimiserSettings adam() {
    return OptimiserSettings.defaults().withKind("adamw").withWeightDecay(0).withBeta1(0.5);
  }
}
