package io.millrace.learner.release;

/**
 * When a model is released.
 *
 * <p>With {@code keep} 0 the weights of every release stay in {@code releases.dir}, because a
 * server may be embedding with any of them.
 *
 * @param warmUpSteps updates before the first release
 * @param everySteps updates between two releases; 0 leaves it to the seconds
 * @param everySeconds seconds between two releases; 0 leaves it to the updates
 * @param atStop whether a clean stop releases what was learned since the last one
 * @param gate what a release must show before it serves
 * @param keep promoted releases that stay, the latest ones; the weights of older ones and of those
 *     rejected before them are removed, but for the one that serves and candidates. 0 for all, else
 *     2 or more
 */
public record ReleaseSettings(
    int warmUpSteps,
    int everySteps,
    int everySeconds,
    boolean atStop,
    GateSettings gate,
    int keep) {
  public ReleaseSettings {
    if (warmUpSteps < 0) {
      throw new IllegalArgumentException("warmUpSteps is " + warmUpSteps + ": expected 0 or more");
    }
    if (everySteps < 0) {
      throw new IllegalArgumentException("everySteps is " + everySteps + ": expected 0 or more");
    }
    if (everySeconds < 0) {
      throw new IllegalArgumentException(
          "everySeconds is " + everySeconds + ": expected 0 or more");
    }
    if (keep < 0 || keep == 1) {
      throw new IllegalArgumentException("keep is " + keep + ": expected 0, or 2 or more");
    }
  }

  /** Keeping all of them. */
  public ReleaseSettings(
      int warmUpSteps, int everySteps, int everySeconds, boolean atStop, GateSettings gate) {
    this(warmUpSteps, everySteps, everySeconds, atStop, gate, 0);
  }

  /** The first after 100 updates, then one an hour; none at the stop. */
  public static ReleaseSettings defaults() {
    return new ReleaseSettings(100, 0, 3600, false, GateSettings.defaults());
  }
}
