package io.millrace.learner.augment;

import io.millrace.learner.random.KeyedRandom;

/**
 * Small patches of one random resized crop, as valeoai/obow's {@code CropImagePatches}: the crop is
 * resized to {@code resize} pixels, a 3 × 3 grid of overlapping patches is laid over it, each is
 * moved by up to {@code shift} pixels, and {@code views} different ones are taken.
 */
record PatchCrop(
    int views, int size, int resize, int shift, double minScale, double maxScale, double flip)
    implements Crop {
  private static final int SIDE = 3;

  @Override
  public Window[] windows(int width, int height, ViewRandom draws, int image) {
    KeyedRandom random = draws.ofImage("crop", image);
    Window whole =
        new RandomResizedCrop(1, resize, minScale, maxScale, flip)
            .window(width, height, random, resize);
    int[] order = random.permutation(SIDE * SIDE);
    int apart = (resize - size - shift) / (SIDE - 1);
    var windows = new Window[views];
    for (int v = 0; v < views; v++) {
      int top = order[v] / SIDE * apart + random.nextInt(shift + 1);
      int left = order[v] % SIDE * apart + random.nextInt(shift + 1);
      windows[v] =
          new Window(
              whole.top(),
              whole.left(),
              whole.height(),
              whole.width(),
              resize,
              resize,
              top,
              left,
              whole.mirrored());
    }
    return windows;
  }
}
