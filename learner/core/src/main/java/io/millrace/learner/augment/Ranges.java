package io.millrace.learner.augment;

/** Checks that settings of views share. */
final class Ranges {
  private Ranges() {}

  /** The largest share of an image's area that a crop may keep is no smaller than the smallest. */
  static void scales(double minScale, double maxScale) {
    if (maxScale < minScale) {
      throw new IllegalArgumentException(
          "maxScale is " + maxScale + ": expected minScale (" + minScale + ") to 1");
    }
  }
}
