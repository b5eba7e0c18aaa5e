package io.millrace.learner.method.bow;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of BoWNet. Vocabulary, perturbations and optimizer are Gidaris et al.'s for small
 * images. Ours: phases are counted in steps and have no end, the vocabulary is made by mini-batch
 * k-means on the stream, the student goes on from its weights where theirs starts anew in each
 * round, and the scale of the prediction layer is OBoW's constant.
 */
public record BownetSettings(
    @Doc("the perturbed view that the student sees; its crops alone are what it sees " + "turned")
        ViewSettings view,
    @Doc("visual words") @Range(min = 16, max = 65536) int words,
    @Doc("scale of the prediction layer's scores") @Range(over = 0, max = 1000) double kappa,
    @Doc("steps of rotation prediction before the first round") @Range(min = 1) long rotationSteps,
    @Doc("steps of k-means in each round; it goes on until all words have a start") @Range(min = 1)
        long vocabularySteps,
    @Doc("steps of histogram prediction in each round") @Range(min = 1) long predictionSteps,
    @Doc("of the student and its heads; it starts anew with each phase")
        OptimizerSettings optimizer,
    @Doc("over the updates of a phase; 0.05 is for batches of 128") ScheduleSettings learningRate) {
  public BownetSettings {
    Allowed.check(
        BownetSettings.class,
        view,
        words,
        kappa,
        rotationSteps,
        vocabularySteps,
        predictionSteps,
        optimizer,
        learningRate);
    Checks.oneView("view", view);
  }

  /** 2048 words; about 50 passes over CIFAR-10 for rotation and as many for each round. */
  public static BownetSettings defaults() {
    return new BownetSettings(
        ViewSettings.defaults().withViews(1).withScale(0.2, 1),
        2048,
        5,
        20000,
        500,
        20000,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }
}
