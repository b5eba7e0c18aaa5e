package io.millrace.learner.release;

/**
 * When a model is released.
 *
 * <p>The weights of every release stay in {@code releases.dir}: nothing removes them, because a
 * server may be embedding with any of them. The files whose names no manifest that is still wanted
 * carries may be deleted by hand.
 *
 * @param warmUpSteps updates before the first release
 * @param everySteps updates between two releases; 0 leaves it to the seconds
 * @param everySeconds seconds between two releases; 0 leaves it to the updates
 * @param atStop whether a clean stop releases what was learned since the last one
 * @param gate what a release must show before it serves
 */
public record ReleaseSettings(
    int warmUpSteps, int everySteps, int everySeconds, boolean atStop, GateSettings gate) {
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
  }

  /** The first after 100 updates, then one an hour; none at the stop. */
  public static ReleaseSettings defaults() {
    return new ReleaseSettings(100, 0, 3600, false, GateSettings.defaults());
  }
}
