package io.millrace.learner.method.generative;

import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * An adversarial term beside a reconstruction: a discriminator that is to be deceived.
 *
 * @param weight of the term, 0 to 100; 0 leaves it out, the context encoder's is 0.001
 * @param channels channels of the discriminator's last map, 8 to 4096; each stage before it has
 *     half
 * @param optimiser of the discriminator
 * @param learningRate of the discriminator, over its updates
 */
public record AdversarySettings(
    double weight, int channels, OptimiserSettings optimiser, ScheduleSettings learningRate) {
  public AdversarySettings {
    Checks.weight("weight", weight, 100);
    Checks.whole("channels", channels, 8, 4096);
  }

  /** Left out; a discriminator as the GAN's players are. */
  public static AdversarySettings defaults() {
    GanSettings gan = GanSettings.defaults();
    return new AdversarySettings(0, gan.generatorChannels(), gan.optimiser(), gan.learningRate());
  }

  /** The same with another weight. */
  AdversarySettings withWeight(double weight) {
    return new AdversarySettings(weight, channels, optimiser, learningRate);
  }

  boolean active() {
    return weight > 0;
  }
}
