package io.millrace.learner.method.bow;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.HoleSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of feature reconstruction. The family has no one recipe: views are BYOL's with gentler
 * crops, as both networks see the same one, holes are ours, the rest is BYOL's cheap recipe.
 *
 * @param view crops that both see; colours, blur and solarization are for the student alone
 * @param holes what is cut out of the student's view
 * @param predictorHidden channels of the predictor's hidden layer, 8 to 16384
 * @param teacherMomentum τ, share of itself the teacher keeps at each update, 0 up to but not 1
 * @param optimiser of student and predictor
 * @param learningRate over the steps; 0.06 is for batches of 128
 */
public record FeatureReconstructionSettings(
    ViewSettings view,
    HoleSettings holes,
    int predictorHidden,
    double teacherMomentum,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements LearningSettings {
  public FeatureReconstructionSettings {
    Checks.oneView("view", view);
    Checks.whole("predictorHidden", predictorHidden, 8, 16384);
    Checks.momentum("teacherMomentum", teacherMomentum);
  }

  /** Three holes of a quarter of the side. */
  public static FeatureReconstructionSettings defaults() {
    return new FeatureReconstructionSettings(
        ViewSettings.defaults().withViews(1).withScale(0.2, 1),
        HoleSettings.blocks(3, 0.25),
        512,
        0.99,
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }
}
