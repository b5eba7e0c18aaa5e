package io.millrace.learner.monitor;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** When and on what monitors are computed. */
public record MonitorSettings(
    @Doc("updates between two; 0 for never") @Range(min = 0) int everySteps,
    @Doc("images of the fixed reference set: the first of the stream") @Range(min = 2, max = 10_000)
        int referenceImages,
    @Doc("images of the current window: the latest of the stream") @Range(min = 2, max = 10_000)
        int windowImages,
    @Doc("when learning counts as collapsed, and what then. A bound of 0 is none")
        GuardSettings guard,
    @Doc("when the stream counts as drifted, and what then") DriftSettings drift) {
  public MonitorSettings {
    Allowed.check(MonitorSettings.class, everySteps, referenceImages, windowImages, guard, drift);
  }

  /** With the default guard; drift is shown only. */
  public MonitorSettings(int everySteps, int referenceImages, int windowImages) {
    this(
        everySteps,
        referenceImages,
        windowImages,
        GuardSettings.defaults(),
        DriftSettings.defaults());
  }

  /** Every 100 updates, on 256 images each. */
  public static MonitorSettings defaults() {
    return new MonitorSettings(100, 256, 256);
  }
}
