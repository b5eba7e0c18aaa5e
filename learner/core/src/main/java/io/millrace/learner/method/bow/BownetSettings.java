package io.millrace.learner.method.bow;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of BoWNet. Vocabulary, perturbations and optimiser are Gidaris et al.'s for small
 * images. Ours: phases are counted in steps and have no end, the vocabulary is made by mini-batch
 * k-means on the stream, the student goes on from its weights where theirs starts anew in each
 * round, and the scale of the prediction layer is OBoW's constant.
 *
 * @param view the perturbed view that the student sees; its crops alone are what it sees turned
 * @param words visual words, 16 to 65536
 * @param kappa scale of the prediction layer's scores, over 0, at most 1000
 * @param rotationSteps steps of rotation prediction before the first round, 1 or more
 * @param vocabularySteps steps of k-means in each round, 1 or more; it goes on until all words have
 *     a start
 * @param predictionSteps steps of histogram prediction in each round, 1 or more
 * @param optimiser of the student and its heads; it starts anew with each phase
 * @param learningRate over the updates of a phase; 0.05 is for batches of 128
 */
public record BownetSettings(
    ViewSettings view,
    int words,
    double kappa,
    long rotationSteps,
    long vocabularySteps,
    long predictionSteps,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate) {
  public BownetSettings {
    Checks.oneView("view", view);
    Checks.whole("words", words, 16, 65536);
    Checks.positive("kappa", kappa, 1000);
    Checks.whole("rotationSteps", rotationSteps, 1, Long.MAX_VALUE);
    Checks.whole("vocabularySteps", vocabularySteps, 1, Long.MAX_VALUE);
    Checks.whole("predictionSteps", predictionSteps, 1, Long.MAX_VALUE);
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
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }
}
