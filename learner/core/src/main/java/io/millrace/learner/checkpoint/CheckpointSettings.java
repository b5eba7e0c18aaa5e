package io.millrace.learner.checkpoint;

/**
 * When checkpoints are saved and how many stay.
 *
 * @param everySteps updates between two; 0 leaves it to the seconds
 * @param everySeconds seconds between two; 0 leaves it to the updates
 * @param keep checkpoints that stay, the latest ones
 */
public record CheckpointSettings(int everySteps, int everySeconds, int keep) {
  public CheckpointSettings {
    if (everySteps < 0) {
      throw new IllegalArgumentException("everySteps is " + everySteps + ": expected 0 or more");
    }
    if (everySeconds < 0) {
      throw new IllegalArgumentException(
          "everySeconds is " + everySeconds + ": expected 0 or more");
    }
    if (keep < 2 || keep > 1000) {
      throw new IllegalArgumentException("keep is " + keep + ": expected 2 to 1000");
    }
  }

  /** Every 30 seconds; three stay. */
  public static CheckpointSettings defaults() {
    return new CheckpointSettings(0, 30, 3);
  }
}
