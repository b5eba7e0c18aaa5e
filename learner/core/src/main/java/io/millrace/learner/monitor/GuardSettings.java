package io.millrace.learner.monitor;

import java.util.List;

/**
 * When learning counts as collapsed, and what then. A bound of 0 is none. The feature std of a
 * healthy representation of d dimensions is about 1/√d.
 *
 * @param minFeatureStd smallest feature std, as a share of 1/√d
 * @param minRankMe smallest RankMe
 * @param maxLoss largest loss, mean of the latest 20 updates
 * @param rounds rounds of monitors in a row that must be out of bounds
 * @param action hold (release nothing until it is healthy again) or roll-back (besides, go back to
 *     the weights of the last healthy checkpoint; the place in the stream stays)
 * @param rateFactor what a roll-back multiplies the learning rate by
 * @param maxSkipped updates in a row whose loss is no number, after which learning stops
 */
public record GuardSettings(
    double minFeatureStd,
    double minRankMe,
    double maxLoss,
    int rounds,
    String action,
    double rateFactor,
    int maxSkipped) {
  /** Releases nothing meanwhile. */
  public static final String HOLD = "hold";

  /** Goes back to the weights of the last healthy checkpoint. */
  public static final String ROLL_BACK = "roll-back";

  private static final List<String> ACTIONS = List.of(HOLD, ROLL_BACK);

  public GuardSettings {
    bound("minFeatureStd", minFeatureStd);
    bound("minRankMe", minRankMe);
    bound("maxLoss", maxLoss);
    if (rounds < 1 || rounds > 1000) {
      throw new IllegalArgumentException("rounds is " + rounds + ": expected 1 to 1000");
    }
    if (!ACTIONS.contains(action)) {
      throw new IllegalArgumentException("action is '" + action + "': expected one of " + ACTIONS);
    }
    if (!(rateFactor > 0 && rateFactor <= 1)) {
      throw new IllegalArgumentException(
          "rateFactor is " + rateFactor + ": expected over 0, at most 1");
    }
    if (maxSkipped < 1 || maxSkipped > 10_000) {
      throw new IllegalArgumentException("maxSkipped is " + maxSkipped + ": expected 1 to 10000");
    }
  }

  /** Holds releases where next to nothing is left of the features for three rounds. */
  public static GuardSettings defaults() {
    return new GuardSettings(0.01, 1.05, 0, 3, HOLD, 0.5, 10);
  }

  private static void bound(String key, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 or more");
    }
  }
}
