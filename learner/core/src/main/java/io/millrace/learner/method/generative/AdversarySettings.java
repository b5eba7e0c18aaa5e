package io.millrace.learner.method.generative;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/** An adversarial term beside a reconstruction: a discriminator that is to be deceived. */
public record AdversarySettings(
    @Doc("of the term; 0 leaves it out, the context encoder's is 0.001") @Range(min = 0, max = 100)
        double weight,
    @Doc("channels of the discriminator's last map; each stage before it has half")
        @Range(min = 8, max = 4096)
        int channels,
    @Doc("of the discriminator") OptimizerSettings optimizer,
    @Doc("of the discriminator, over its updates") ScheduleSettings learningRate) {
  public AdversarySettings {
    Allowed.check(AdversarySettings.class, weight, channels, optimizer, learningRate);
  }

  /** Disabled; a discriminator as the GAN's players are. */
  public static AdversarySettings defaults() {
    GanSettings gan = GanSettings.defaults();
    return new AdversarySettings(0, gan.generatorChannels(), gan.optimizer(), gan.learningRate());
  }

  /** The same with another weight. */
  AdversarySettings withWeight(double weight) {
    return new AdversarySettings(weight, channels, optimizer, learningRate);
  }

  boolean active() {
    return weight > 0;
  }
}
