package io.millrace.learner.monitor;

import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.ingest.settings.Spelling;

/**
 * When learning counts as collapsed, and what then. A bound of 0 is none. The feature std of a
 * healthy representation of d dimensions is about 1/√d.
 */
public record GuardSettings(
    @Doc("smallest feature std, as a share of 1/√d") @Range(min = 0) double minFeatureStd,
    @Doc("smallest RankMe") @Range(min = 0) double minRankMe,
    @Doc("largest loss, mean of the latest 20 updates") @Range(min = 0) double maxLoss,
    @Doc("rounds of monitors in a row that must be out of bounds") @Range(min = 1, max = 1000)
        int rounds,
    @Doc(
            "hold (release nothing until it is healthy again) or roll-back (besides, go "
                + "back to the weights of the last healthy checkpoint; the place in the stream "
                + "stays)")
        Action action,
    @Doc("what a roll-back multiplies the learning rate by") @Range(over = 0, max = 1)
        double rateFactor,
    @Doc("updates in a row whose loss is not finite, after which learning stops")
        @Range(min = 1, max = 10_000)
        int maxSkipped) {
  /** What follows a collapse. */
  public enum Action {
    /** Releases nothing meanwhile. */
    HOLD,

    /** Besides, goes back to the weights of the last healthy checkpoint. */
    ROLL_BACK;

    /** As it is written in configurations and checkpoints. */
    @Override
    @JsonValue
    public String toString() {
      return Spelling.of(this);
    }
  }

  public GuardSettings {
    Allowed.check(
        GuardSettings.class,
        minFeatureStd,
        minRankMe,
        maxLoss,
        rounds,
        action,
        rateFactor,
        maxSkipped);
  }

  /** Holds releases where next to nothing is left of the features for three rounds. */
  public static GuardSettings defaults() {
    return new GuardSettings(0.01, 1.05, 0, 3, Action.HOLD, 0.5, 10);
  }
}
