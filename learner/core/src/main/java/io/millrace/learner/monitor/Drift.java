package io.millrace.learner.monitor;

import io.millrace.learner.evaluate.Features;

/**
 * How far two networks' features of the same images are from each other, invariant to rotation and
 * scale: one minus the linear centered kernel alignment (Kornblith et al. 2019, equation 4).
 *
 * <pre>
 * K = X Xᵀ, L = Y Yᵀ, rows and columns centered;   drift = 1 − ⟨K, L⟩ / (‖K‖ ‖L‖)
 * </pre>
 *
 * 0 where one is a turned and scaled copy of the other, 1 where they have nothing in common.
 */
public final class Drift {
  private Drift() {}

  /**
   * Drift.
   *
   * @param now [images, dim] of one network
   * @param before [images, dim'] of the other, of the same images in the same order
   */
  public static double of(Features now, Features before) {
    if (now.rows() != before.rows()) {
      throw new IllegalArgumentException(
          now.rows() + " features against " + before.rows() + ": expected as many");
    }
    double[] k = centeredGram(now);
    double[] l = centeredGram(before);
    double kl = dot(k, l);
    double scale = Math.sqrt(dot(k, k) * dot(l, l));
    return scale > 0 ? Math.max(0, 1 - kl / scale) : 1;
  }

  private static double[] centeredGram(Features features) {
    int n = features.rows();
    int dim = features.dim();
    float[] x = features.values();
    double[] mean = new double[dim];
    for (int i = 0; i < x.length; i++) {
      mean[i % dim] += (double) x[i] / n;
    }
    double[] centered = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      centered[i] = x[i] - mean[i % dim];
    }
    double[] gram = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int d = 0; d < dim; d++) {
          sum += centered[i * dim + d] * centered[j * dim + d];
        }
        gram[i * n + j] = sum;
        gram[j * n + i] = sum;
      }
    }
    return gram;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
