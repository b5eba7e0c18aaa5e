package io.millrace.ops.tracking;

import java.util.Map;

/**
 * Metrics at one moment.
 *
 * @param step updates made over the model's life
 * @param millis Unix time
 * @param values finite values by name
 */
record TrackedPoint(long step, long millis, Map<String, Double> values) {
  TrackedPoint {
    values = Map.copyOf(values);
  }
}
