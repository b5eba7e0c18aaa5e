package io.millrace.learner.method.generative;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of the BiGAN. Optimiser and rates are its authors'; the normal latents, that the encoder
 * is the configured backbone and a DCGAN discriminator for 32 pixels are ours.
 *
 * @param view what the real images are seen through
 * @param latent length of z, 1 to 4096
 * @param generatorChannels channels of the generator's first map and of the discriminator's last, 8
 *     to 4096; each stage halves them
 * @param jointHidden length of the discriminator's image features and of its hidden layer over
 *     pairs, 8 to 16384
 * @param discriminatorSteps updates of the discriminator for each of encoder and generator, 1 to
 *     100
 * @param optimiser of both players
 * @param learningRate the discriminator's over its updates
 * @param generatorLearningRate the encoder's and the generator's over their updates
 */
public record BiganSettings(
    ViewSettings view,
    int latent,
    int generatorChannels,
    int jointHidden,
    int discriminatorSteps,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate,
    ScheduleSettings generatorLearningRate)
    implements AdversarialSettings {
  public BiganSettings {
    Checks.decodable("view", view);
    Checks.whole("latent", latent, 1, 4096);
    Checks.whole("generatorChannels", generatorChannels, 8, 4096);
    Checks.whole("jointHidden", jointHidden, 8, 16384);
    Checks.whole("discriminatorSteps", discriminatorSteps, 1, 100);
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
        gan.optimiser(),
        gan.learningRate(),
        gan.generatorLearningRate());
  }
}
