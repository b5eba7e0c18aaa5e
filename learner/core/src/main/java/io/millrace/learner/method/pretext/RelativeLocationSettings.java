package io.millrace.learner.method.pretext;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.PatchGridSettings;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of relative patch location. The authors train on ImageNet alone; sizes and rates for
 * small images are ours.
 */
public record RelativeLocationSettings(
    @Doc("the grid that patches are cut from") PatchGridSettings patches,
    @Doc("width of the head's hidden layer") @Range(min = 8, max = 16384) int headHidden,
    @Doc("of student and head") OptimizerSettings optimizer,
    @Doc("over the steps; 0.05 is for batches of 128") ScheduleSettings learningRate)
    implements LearningSettings {
  public RelativeLocationSettings {
    Allowed.check(RelativeLocationSettings.class, patches, headHidden, optimizer, learningRate);
  }

  /** Patches of 8 pixels, a hidden layer of 512. */
  public static RelativeLocationSettings defaults() {
    return new RelativeLocationSettings(
        PatchGridSettings.defaults(),
        512,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }
}
