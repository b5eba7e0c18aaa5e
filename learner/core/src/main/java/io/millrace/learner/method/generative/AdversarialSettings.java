package io.millrace.learner.method.generative;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.ScheduleSettings;

/** What methods of two players have settings of in common; rate and optimizer are as DCGAN's. */
interface AdversarialSettings extends LearningSettings {
  /** What the real images are seen through. */
  ViewSettings view();

  /** Length of z. */
  int latent();

  /** Channels of the generator's first map. */
  int generatorChannels();

  /** Updates of the discriminator for each of the generator. */
  int discriminatorSteps();

  /** The generator's over its updates; {@link #learningRate} is the discriminator's. */
  ScheduleSettings generatorLearningRate();
}
