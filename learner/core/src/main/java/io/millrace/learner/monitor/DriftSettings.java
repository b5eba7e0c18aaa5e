package io.millrace.learner.monitor;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/**
 * When the stream counts as drifted, and what then. The metric {@code streamDrift} compares
 * embeddings of the current window with those of the reference set ({@link EnergyDistance}: 0
 * alike, 1 apart). Once drift is found the window becomes the reference set, so that the next is
 * found too. What follows depends on when monitors are computed: with {@code rewarm}, two runs over
 * one log may differ.
 */
public record DriftSettings(
    @Doc("stream drift over this counts; 0 for a metric that triggers nothing")
        @Range(min = 0, under = 1)
        double threshold,
    @Doc("rounds of monitors in a row that must be over it") @Range(min = 1, max = 1000) int rounds,
    @Doc("whether the schedules of the learning rate then begin anew, with their warm-up")
        boolean rewarm,
    @Doc("whether a model is then released") boolean release) {
  public DriftSettings {
    Allowed.check(DriftSettings.class, threshold, rounds, rewarm, release);
  }

  /** Shown only. */
  public static DriftSettings defaults() {
    return new DriftSettings(0, 3, false, false);
  }
}
