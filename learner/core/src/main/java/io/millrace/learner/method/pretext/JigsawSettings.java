package io.millrace.learner.method.pretext;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.augment.TileSettings;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of jigsaw puzzles. The authors train on ImageNet alone; sizes and rates for small images
 * are ours.
 */
public record JigsawSettings(
    @Doc("how a puzzle is cut") TileSettings tiles,
    @Doc("orders to tell apart") @Range(min = 2, max = 1000) int permutations,
    @Doc("width of the head's hidden layer") @Range(min = 8, max = 16384) int headHidden,
    @Doc("of student and head") OptimizerSettings optimizer,
    @Doc("over the steps; 0.05 is for batches of 128") ScheduleSettings learningRate)
    implements LearningSettings {
  public JigsawSettings {
    Allowed.check(JigsawSettings.class, tiles, permutations, headHidden, optimizer, learningRate);
  }

  /** Tiles of 8 pixels in 100 orders, a hidden layer of 512. */
  public static JigsawSettings defaults() {
    return new JigsawSettings(
        TileSettings.defaults(),
        100,
        512,
        OptimizerSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }
}
