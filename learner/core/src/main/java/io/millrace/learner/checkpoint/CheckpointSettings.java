package io.millrace.learner.checkpoint;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** When checkpoints are saved and how many stay. */
public record CheckpointSettings(
    @Doc("updates between two; 0 leaves it to the seconds") @Range(min = 0) int everySteps,
    @Doc("seconds between two; 0 leaves it to the updates") @Range(min = 0) int everySeconds,
    @Doc("checkpoints that stay, the latest ones") @Range(min = 2, max = 1000) int keep) {
  public CheckpointSettings {
    Allowed.check(CheckpointSettings.class, everySteps, everySeconds, keep);
  }

  /** Every 30 seconds; three stay. */
  public static CheckpointSettings defaults() {
    return new CheckpointSettings(0, 30, 3);
  }
}
