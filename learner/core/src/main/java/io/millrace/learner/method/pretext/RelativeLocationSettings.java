package io.millrace.learner.method.pretext;

import io.millrace.learner.augment.PatchGridSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of relative patch location. The authors train on ImageNet alone; sizes and rates for
 * small images are ours.
 *
 * @param patches the grid that patches are cut from
 * @param headHidden width of the head's hidden layer, 8 to 16384
 * @param optimiser of student and head
 * @param learningRate over the steps; 0.05 is for batches of 128
 */
public record RelativeLocationSettings(
    PatchGridSettings patches,
    int headHidden,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements LearningSettings {
  public RelativeLocationSettings {
    Checks.width("headHidden", headHidden);
  }

  /** Patches of 8 pixels, a hidden layer of 512. */
  public static RelativeLocationSettings defaults() {
    return new RelativeLocationSettings(
        PatchGridSettings.defaults(),
        512,
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }
}
