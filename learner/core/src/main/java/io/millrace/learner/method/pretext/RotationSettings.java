package io.millrace.learner.method.pretext;

import io.millrace.ingest.settings.Doc;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of rotation prediction. The defaults are gidariss/FeatureLearningRotNet's for CIFAR-10,
 * but that crops vary in size instead of being shifted by up to 4 pixels (ours).
 */
public record RotationSettings(
    @Doc("what is turned; each view is seen under all four turns") ViewSettings view,
    @Doc("of student and head") OptimizerSettings optimizer,
    @Doc("over the steps; 0.1 is for batches of 128") ScheduleSettings learningRate)
    implements LearningSettings {
  /** One crop of at least 0.6 of the image, its colors as they are. */
  public static RotationSettings defaults() {
    return new RotationSettings(
        ViewSettings.plain(0.6),
        OptimizerSettings.defaults().withNesterov(true),
        ScheduleSettings.constant(0.1, 20));
  }
}
