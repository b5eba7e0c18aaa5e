package io.millrace.learner.augment;

import io.millrace.learner.random.KeyedRandom;

/**
 * A rectangle of random area and aspect, resized to a square, and mirrored with a probability: as
 * torchvision's {@code RandomResizedCrop} and {@code RandomHorizontalFlip}. Area: uniform in
 * [minScale, maxScale] of the image; aspect: log-uniform in [¾, 4/3]; ten tries, then the largest
 * center crop of an allowed aspect.
 */
record RandomResizedCrop(int views, int size, double minScale, double maxScale, double flip)
    implements Crop {
  static final double MIN_RATIO = 3.0 / 4;
  static final double MAX_RATIO = 4.0 / 3;

  @Override
  public Window[] windows(int width, int height, ViewRandom draws, int image) {
    var windows = new Window[views];
    for (int v = 0; v < views; v++) {
      windows[v] = window(width, height, draws.of("crop", image * views + v), size);
    }
    return windows;
  }

  /** One window, resampled to {@code cells} × {@code cells}. */
  Window window(int width, int height, KeyedRandom random, int cells) {
    boolean mirrored = random.nextDouble() < flip;
    double area = (double) width * height;
    for (int i = 0; i < 10; i++) {
      double target = area * random.uniform(minScale, maxScale);
      double ratio =
          StrictMath.exp(random.uniform(StrictMath.log(MIN_RATIO), StrictMath.log(MAX_RATIO)));
      int w = (int) Math.rint(Math.sqrt(target * ratio));
      int h = (int) Math.rint(Math.sqrt(target / ratio));
      if (w > 0 && w <= width && h > 0 && h <= height) {
        int top = random.nextInt(height - h + 1);
        int left = random.nextInt(width - w + 1);
        return Window.square(top, left, h, w, cells, mirrored);
      }
    }
    double ratio = (double) width / height;
    int w = ratio > MAX_RATIO ? Math.max(1, (int) Math.rint(height * MAX_RATIO)) : width;
    int h = ratio < MIN_RATIO ? Math.max(1, (int) Math.rint(width / MIN_RATIO)) : height;
    return Window.square((height - h) / 2, (width - w) / 2, h, w, cells, mirrored);
  }
}
