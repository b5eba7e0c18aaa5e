package io.millrace.learner.compare;

import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.monitor.MonitorSettings;

/**
 * How methods are compared.
 *
 * @param budget what each may spend
 * @param batchSize images of one update, 2 or more
 * @param k neighbours of the kNN figure
 * @param linear the linear probe
 * @param monitor images of the monitors' two sets
 * @param seed of the linear probe's order
 */
public record ComparisonSettings(
    Budget budget,
    int batchSize,
    int k,
    LinearProbeSettings linear,
    MonitorSettings monitor,
    long seed) {
  public ComparisonSettings {
    if (batchSize < 2) {
      throw new IllegalArgumentException("batchSize is " + batchSize + ": expected 2 or more");
    }
  }
}
