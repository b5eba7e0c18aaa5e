package io.millrace.learner.evaluate;

/**
 * The kNN figure on held-out labelled images.
 *
 * @param everySeconds seconds between two; 0 for only at the start and the end
 * @param k neighbours that vote
 * @param bank labelled images searched, at most
 * @param queries labelled images asked about, at most
 */
public record ProbeSettings(int everySeconds, int k, int bank, int queries) {
  public ProbeSettings {
    if (everySeconds < 0) {
      throw new IllegalArgumentException(
          "everySeconds is " + everySeconds + ": expected 0 or more");
    }
    if (k < 1 || k > 1000) {
      throw new IllegalArgumentException("k is " + k + ": expected 1 to 1000");
    }
    if (bank < k) {
      throw new IllegalArgumentException("bank is " + bank + ": expected k (" + k + ") or more");
    }
    if (queries < 1) {
      throw new IllegalArgumentException("queries is " + queries + ": expected 1 or more");
    }
  }

  /** Once a minute, k = 20, 2,000 images to search and 1,000 to ask about. */
  public static ProbeSettings defaults() {
    return new ProbeSettings(60, 20, 2000, 1000);
  }
}
