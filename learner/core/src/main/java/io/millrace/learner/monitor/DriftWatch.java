package io.millrace.learner.monitor;

import java.util.Map;

/** Watches the metric {@code streamDrift}. Used by one thread. */
public final class DriftWatch {
  /** The metric's name. */
  public static final String DRIFT = "streamDrift";

  private final DriftSettings settings;
  private int rounds;

  public DriftWatch(DriftSettings settings) {
    this.settings = settings;
  }

  /**
   * Consumes a round of monitors.
   *
   * @param metrics monitors by name; without the metric the count begins anew
   * @return whether the stream has drifted for as many rounds as it takes; the count begins anew
   */
  public boolean see(Map<String, Double> metrics) {
    double drift = metrics.getOrDefault(DRIFT, Double.NaN);
    rounds = settings.threshold() > 0 && drift > settings.threshold() ? rounds + 1 : 0;
    if (rounds < settings.rounds()) {
      return false;
    }
    rounds = 0;
    return true;
  }
}
