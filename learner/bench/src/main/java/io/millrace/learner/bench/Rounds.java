package io.millrace.learner.bench;

import java.util.Arrays;

/**
 * Two pieces of work timed in turns, so that a noisy machine disturbs both alike. Each round times
 * A, then B, then B, then A; the ratio of a round is its B time over its A time.
 */
final class Rounds {
  private Rounds() {}

  /** Work whose duration is wanted. */
  interface Work {
    void run() throws Exception;
  }

  /**
   * Medians over rounds, in seconds, and the median and spread of the rounds' ratios.
   *
   * @param a median seconds of one run of the first piece
   * @param b median seconds of one run of the second piece
   * @param bOverA median of b ÷ a
   * @param low smallest ratio
   * @param high largest ratio
   */
  record Pair(double a, double b, double bOverA, double low, double high) {}

  /** Runs {@code warmUp} untimed and {@code rounds} timed rounds. */
  static Pair pair(int warmUp, int rounds, Work a, Work b) throws Exception {
    for (int i = 0; i < warmUp; i++) {
      a.run();
      b.run();
    }
    double[] as = new double[rounds];
    double[] bs = new double[rounds];
    double[] ratios = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      double a1 = seconds(a);
      double b1 = seconds(b);
      double b2 = seconds(b);
      double a2 = seconds(a);
      as[i] = (a1 + a2) / 2;
      bs[i] = (b1 + b2) / 2;
      ratios[i] = bs[i] / as[i];
    }
    Arrays.sort(ratios);
    return new Pair(median(as), median(bs), median(ratios), ratios[0], ratios[rounds - 1]);
  }

  private static double seconds(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  }
}
