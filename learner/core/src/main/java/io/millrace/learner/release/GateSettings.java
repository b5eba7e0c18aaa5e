package io.millrace.learner.release;

/**
 * What a release must show before it serves. Every bound is on a figure of the release's manifest;
 * a bound of 0 is none, and a figure that was not computed is not judged.
 *
 * @param automatic whether a release within bounds is promoted by itself; if not, it stays a
 *     candidate until {@code millrace promote}
 * @param minFeatureStd of {@code featureStd}: mean deviation of the unit features over the images,
 *     about 1/√dim when healthy, 0 in collapse
 * @param minRankMe of {@code rankMe}, the features' effective rank
 * @param minPerplexity of every {@code perplexityBatch…}: visual words in use, for methods with a
 *     vocabulary
 * @param minKnn of {@code knn}, percent, where held-out labelled images are configured
 * @param maxDrift of {@code drift} against the release that serves, on the fixed reference images:
 *     0 for none at all, 1 for unrelated features
 */
public record GateSettings(
    boolean automatic,
    double minFeatureStd,
    double minRankMe,
    double minPerplexity,
    double minKnn,
    double maxDrift) {
  public GateSettings {
    notNegative("minFeatureStd", minFeatureStd, 1);
    notNegative("minRankMe", minRankMe, 100_000);
    notNegative("minPerplexity", minPerplexity, 100_000);
    notNegative("minKnn", minKnn, 100);
    notNegative("maxDrift", maxDrift, 1);
  }

  /** Collapse keeps a release back; nothing else does. */
  public static GateSettings defaults() {
    return new GateSettings(true, 1e-4, 1.2, 0, 0, 0);
  }

  private static void notNegative(String key, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 to " + most);
    }
  }
}
