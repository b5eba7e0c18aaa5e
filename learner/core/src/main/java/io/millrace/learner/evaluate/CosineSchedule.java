package io.millrace.learner.evaluate;

/** Rates of training that ends, unlike a stream's: half a cosine from the peak down to 0. */
final class CosineSchedule {
  private CosineSchedule() {}

  /** ½ · peak · (1 + cos(π · step ÷ steps)) (Loshchilov and Hutter 2017, equation 5). */
  static double cosine(double peak, long step, long steps) {
    return 0.5 * peak * (1 + Math.cos(Math.PI * Math.min(step, steps) / steps));
  }
}
