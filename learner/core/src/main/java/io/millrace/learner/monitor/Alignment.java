package io.millrace.learner.monitor;

import io.millrace.learner.evaluate.Features;

/**
 * E ‖x − x⁺‖² over pairs of normalized features of one image (Wang and Isola 2020, equation for
 * L_align with α = 2). 0 to 4; low where features do not see the difference.
 */
final class Alignment {
  private Alignment() {}

  /** Row i of one against row i of the other. */
  static double of(Features features, Features others) {
    float[] x = features.normalized().values();
    float[] y = others.normalized().values();
    if (x.length != y.length) {
      throw new IllegalArgumentException(
          features.rows()
              + " features of "
              + features.dim()
              + " against "
              + others.rows()
              + " of "
              + others.dim());
    }
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (double) (x[i] - y[i]) * (x[i] - y[i]);
    }
    return sum / features.rows();
  }
}
