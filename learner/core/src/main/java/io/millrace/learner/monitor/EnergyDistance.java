package io.millrace.learner.monitor;

import io.millrace.learner.evaluate.Features;

/**
 * How unlike two samples of features are, without a kernel or labels: the energy distance of unit
 * vectors as a share of the distance between the samples,
 *
 * <p>H = (2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖) ÷ 2 E‖x − y‖
 *
 * <p>with the means over pairs of distinct images. 0 is expected where both samples are of one
 * distribution (it may fall a little below), 1 is reached where each sample is a single point and
 * the points differ. Székely and Rizzo 2013, "Energy statistics", coefficient of inhomogeneity.
 */
final class EnergyDistance {
  private EnergyDistance() {}

  /**
   * @param x features, two rows or more
   * @param y features of the same length, two rows or more
   */
  static double of(Features x, Features y) {
    Features u = x.normalized();
    Features v = y.normalized();
    double between = mean(u, v, false);
    double within = mean(u, u, true) + mean(v, v, true);
    return between < 1e-12 ? 0 : 1 - within / (2 * between);
  }

  /** Mean Euclidean distance over pairs; within one sample over pairs of distinct rows. */
  private static double mean(Features a, Features b, boolean same) {
    int dim = a.dim();
    double sum = 0;
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j < b.rows(); j++) {
        if (same && i == j) {
          continue;
        }
        float square = 0;
        for (int k = 0; k < dim; k++) {
          float d = a.values()[i * dim + k] - b.values()[j * dim + k];
          square += d * d;
        }
        sum += Math.sqrt(square);
      }
    }
    return sum / ((double) a.rows() * (same ? a.rows() - 1 : b.rows()));
  }
}
