package io.millrace.learner.augment;

/** Checks that settings of views share. */
final class Ranges {
  private Ranges() {}

  /** A whole number between two, both included. */
  static void whole(String key, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + least + " to " + most);
    }
  }

  /** Shares of an image's area that a crop may keep. */
  static void scales(double minScale, double maxScale) {
    if (!(minScale > 0 && minScale <= 1)) {
      throw new IllegalArgumentException(
          "minScale is " + minScale + ": expected over 0, at most 1");
    }
    if (!(maxScale >= minScale && maxScale <= 1)) {
      throw new IllegalArgumentException(
          "maxScale is " + maxScale + ": expected minScale (" + minScale + ") to 1");
    }
  }

  /** A probability. */
  static void probability(String key, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(key + " is " + p + ": expected 0 to 1");
    }
  }
}
