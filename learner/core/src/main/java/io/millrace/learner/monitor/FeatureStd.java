package io.millrace.learner.monitor;

import io.millrace.learner.evaluate.Features;

/**
 * Mean over dimensions of the deviation of z ÷ ‖z‖ over images (Chen and He 2021, section 4.1).
 * About 1/√d for features spread over the sphere; 0 is collapse.
 */
final class FeatureStd {
  private FeatureStd() {}

  /** Of a feature matrix; the deviation is the population's. */
  static double of(Features features) {
    float[] z = features.normalized().values();
    int n = features.rows();
    int d = features.dim();
    double total = 0;
    for (int j = 0; j < d; j++) {
      double mean = 0;
      for (int i = 0; i < n; i++) {
        mean += z[i * d + j];
      }
      mean /= n;
      double square = 0;
      for (int i = 0; i < n; i++) {
        square += (z[i * d + j] - mean) * (z[i * d + j] - mean);
      }
      total += Math.sqrt(square / n);
    }
    return total / d;
  }
}
