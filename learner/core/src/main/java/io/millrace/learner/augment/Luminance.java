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

  /** [3, plane] to [plane]. */
  static float[] of(float[] view, int plane) {
    float[] gray = new float[plane];
    for (int i = 0; i < plane; i++) {
      gray[i] =
          (float) RED * view[i]
              + (float) GREEN * view[plane + i]
              + (float) BLUE * view[2 * plane + i];
    }
    return gray;
  }
}
