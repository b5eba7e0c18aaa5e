package io.millrace.learner.augment;

import io.millrace.learner.random.KeyedRandom;

/**
 * The nine squares of a 3 × 3 grid over one random resized crop, in reading order. Square (i, j)
 * begins at row i · apart + a, column j · apart + b, with a and b drawn from 0 … slack for each.
 * Where the crop is mirrored, the grid is laid over what is seen, so that left stays left.
 *
 * @param whole side in pixels the crop is resized to
 * @param size side of a square
 * @param apart pixels from one square's first place to the next's
 * @param slack how far a square may move down and right from its first place
 */
record GridCrop(
    int whole, int size, int apart, int slack, double minScale, double maxScale, double flip)
    implements Crop {
  static final int SIDE = 3;

  @Override
  public int views() {
    return SIDE * SIDE;
  }

  @Override
  public Window[] windows(int width, int height, ViewRandom draws, int image) {
    KeyedRandom random = draws.ofImage("crop", image);
    Window all =
        new RandomResizedCrop(1, whole, minScale, maxScale, flip)
            .window(width, height, random, whole);
    var windows = new Window[views()];
    for (int v = 0; v < windows.length; v++) {
      int top = v / SIDE * apart + random.nextInt(slack + 1);
      int left = v % SIDE * apart + random.nextInt(slack + 1);
      windows[v] = all.part(top, left, size, whole);
    }
    return windows;
  }
}
