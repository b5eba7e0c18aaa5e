package io.millrace.learner.monitor;

/**
 * When the stream counts as drifted, and what then. The figure {@code streamDrift} compares
 * embeddings of the current window with those of the reference set ({@link EnergyDistance}: 0
 * alike, 1 apart). Once drift is found the window becomes the reference set, so that the next is
 * found too. What follows depends on when monitors are computed: with {@code rewarm}, two runs over
 * one log may differ.
 *
 * @param threshold stream drift over this counts, under 1; 0 for a figure that triggers nothing
 * @param rounds rounds of monitors in a row that must be over it
 * @param rewarm whether the schedules of the learning rate then begin anew, with their warm-up
 * @param release whether a model is then released
 */
public record DriftSettings(double threshold, int rounds, boolean rewarm, boolean release) {
  public DriftSettings {
    if (!(threshold >= 0 && threshold < 1)) {
      throw new IllegalArgumentException(
          "threshold is " + threshold + ": expected 0 up to but not 1");
    }
    if (rounds < 1 || rounds > 1000) {
      throw new IllegalArgumentException("rounds is " + rounds + ": expected 1 to 1000");
    }
  }

  /** Shown only. */
  public static DriftSettings defaults() {
    return new DriftSettings(0, 3, false, false);
  }
}
