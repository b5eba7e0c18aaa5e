package io.millrace.learner.evaluate;

/**
 * How a linear probe is trained. The defaults are those of linear evaluation as solo-learn and
 * lightly run it: SGD with momentum 0.9, a rate of 0.1 for batches of 256 that falls to 0 along
 * half a cosine, 100 passes, no weight decay.
 *
 * @param epochs passes over the labelled images, 1 to 10,000
 * @param batchSize images of one update, 1 to 65,536
 * @param learningRate first rate for batches of 256, over 0; others in proportion
 * @param weightDecay λ of the L2 penalty λ/2 · ‖W‖², 0 to 1
 */
public record LinearProbeSettings(
    int epochs, int batchSize, double learningRate, double weightDecay) {
  public LinearProbeSettings {
    if (epochs < 1 || epochs > 10_000) {
      throw new IllegalArgumentException("epochs is " + epochs + ": expected 1 to 10000");
    }
    if (batchSize < 1 || batchSize > 65_536) {
      throw new IllegalArgumentException("batchSize is " + batchSize + ": expected 1 to 65536");
    }
    if (!(learningRate > 0 && learningRate <= 100)) {
      throw new IllegalArgumentException(
          "learningRate is " + learningRate + ": expected over 0, at most 100");
    }
    if (!(weightDecay >= 0 && weightDecay <= 1)) {
      throw new IllegalArgumentException("weightDecay is " + weightDecay + ": expected 0 to 1");
    }
  }

  /** 100 passes in batches of 256 at 0.1, without weight decay. */
  public static LinearProbeSettings defaults() {
    return new LinearProbeSettings(100, 256, 0.1, 0);
  }
}
