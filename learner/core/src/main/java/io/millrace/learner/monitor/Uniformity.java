package io.millrace.learner.monitor;

import io.millrace.learner.evaluate.Features;

/**
 * log E exp(−2 ‖x − y‖²) over pairs of different images' normalized features (Wang and Isola 2020,
 * L_uniform with t = 2). 0 where all are one point; lower is more even.
 */
final class Uniformity {
  private Uniformity() {}

  /** Of a feature matrix of two rows or more. */
  static double of(Features features) {
    float[] x = features.normalized().values();
    int n = features.rows();
    int d = features.dim();
    double sum = 0;
    for (int i = 1; i < n; i++) {
      for (int j = 0; j < i; j++) {
        double square = 0;
        for (int k = 0; k < d; k++) {
          double difference = x[i * d + k] - x[j * d + k];
          square += difference * difference;
        }
        sum += Math.exp(-2 * square);
      }
    }
    return Math.log(sum / (n * (n - 1) / 2.0));
  }
}
