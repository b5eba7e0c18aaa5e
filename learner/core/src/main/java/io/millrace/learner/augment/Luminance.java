package io.millrace.learner.augment;

import io.millrace.learner.tensor.Tensor;

/**
 * Gray of a color: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), torchvision's weights to 3 digits.
 */
final class Luminance {
  static final double RED = 0.299;
  static final double GREEN = 0.587;
  static final double BLUE = 0.114;

  private Luminance() {}

  /** [rows, 3, h, w] to [rows, 1, h, w]. */
  static Tensor of(Tensor views) {
    return views
        .slice(1, 0, 1)
        .mul(RED)
        .addIn(GREEN, views.slice(1, 1, 2))
        .addIn(BLUE, views.slice(1, 2, 3));
  }
}
