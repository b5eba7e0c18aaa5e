package io.millrace.learner.method.bow;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.HoleSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of feature reconstruction. The family has no one recipe: views are BYOL's with gentler
 * crops, as both networks see the same one, holes are ours, the rest is BYOL's cheap recipe.
 */
public record FeatureReconstructionSettings(
    @Doc("crops that both see; colors, blur and solarization are for the student alone")
        ViewSettings view,
    @Doc("what is cut out of the student's view") HoleSettings holes,
    @Doc("channels of the predictor's hidden layer") @Range(min = 8, max = 16384)
        int predictorHidden,
    @Doc("τ, share of itself the teacher keeps at each update") @Range(min = 0, under = 1)
        double teacherMomentum,
    @Doc("of student and predictor") OptimizerSettings optimizer,
    @Doc("over the steps; 0.06 is for batches of 128") ScheduleSettings learningRate)
    implements LearningSettings {
  public FeatureReconstructionSettings {
    Allowed.check(
        FeatureReconstructionSettings.class,
        view,
        holes,
        predictorHidden,
        teacherMomentum,
        optimizer,
        learningRate);
    Checks.oneView("view", view);
  }

  /** Three holes of a quarter of the side. */
  public static FeatureReconstructionSettings defaults() {
    return new FeatureReconstructionSettings(
        ViewSettings.defaults().withViews(1).withScale(0.2, 1),
        HoleSettings.blocks(3, 0.25),
        512,
        0.99,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.06, 20));
  }
}
