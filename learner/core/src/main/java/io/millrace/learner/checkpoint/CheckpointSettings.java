package io.millrace.learner.checkpoint;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** When checkpoints are saved and how many stay. */
public record CheckpointSettings(
    @Doc("updates between two; 0 leaves it to the seconds") @Range(min = 0) int everySteps,
    @Doc("seconds between two; 0 leaves it to the updates") @Range(min = 0) int everySeconds,
    @Doc("checkpoints that stay, the latest ones") @Range(min = 2, max = 1000) int keep,
    @Doc(
            "whether to begin the model anew where the data folder has no checkpoint of it "
                + "though it has learned elsewhere; 'run --begin-anew' says so once")
        boolean beginAnew) {
  public CheckpointSettings {
    Allowed.check(CheckpointSettings.class, everySteps, everySeconds, keep, beginAnew);
  }

  /** That never begins a model anew which has learned elsewhere. */
  public CheckpointSettings(int everySteps, int everySeconds, int keep) {
    this(everySteps, everySeconds, keep, false);
  }

  /** Every 30 seconds; three stay. */
  public static CheckpointSettings defaults() {
    return new CheckpointSettings(0, 30, 3);
  }
}
