package io.millrace.learner.method.pretext;

import io.millrace.learner.augment.TileSettings;
import io.millrace.learner.method.settings.Checks;
import io.millrace.learner.method.settings.LearningSettings;
import io.millrace.learner.optim.OptimiserSettings;
import io.millrace.learner.optim.ScheduleSettings;

/**
 * Settings of jigsaw puzzles. The authors train on ImageNet alone; sizes and rates for small images
 * are ours.
 *
 * @param tiles how a puzzle is cut
 * @param permutations orders to tell apart, 2 to 1000
 * @param headHidden width of the head's hidden layer, 8 to 16384
 * @param optimiser of student and head
 * @param learningRate over the steps; 0.05 is for batches of 128
 */
public record JigsawSettings(
    TileSettings tiles,
    int permutations,
    int headHidden,
    OptimiserSettings optimiser,
    ScheduleSettings learningRate)
    implements LearningSettings {
  public JigsawSettings {
    if (permutations < 2 || permutations > 1000) {
      throw new IllegalArgumentException(
          "permutations is " + permutations + ": expected 2 to 1000");
    }
    Checks.width("headHidden", headHidden);
  }

  /** Tiles of 8 pixels in 100 orders, a hidden layer of 512. */
  public static JigsawSettings defaults() {
    return new JigsawSettings(
        TileSettings.defaults(),
        100,
        512,
        OptimiserSettings.defaults(),
        ScheduleSettings.constant(0.05, 20));
  }
}
