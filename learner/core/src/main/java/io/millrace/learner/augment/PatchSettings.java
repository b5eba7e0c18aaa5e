package io.millrace.learner.augment;

/**
 * Small patches cut from one random resized crop of each image. Colours change for all patches of
 * an image alike.
 *
 * @param views patches of each image, 0 to 9; 0 does without
 * @param size side of a patch in pixels, 8 to 512
 * @param resize side in pixels the crop is resized to before patches are cut
 * @param shift how far a patch may move from its place in the 3 × 3 grid, in pixels
 * @param minScale smallest share of the image's area that the crop keeps
 * @param maxScale largest share, at most 1
 */
public record PatchSettings(
    int views, int size, int resize, int shift, double minScale, double maxScale) {
  public PatchSettings {
    Ranges.whole("views", views, 0, 9);
    Ranges.whole("size", size, 8, 512);
    Ranges.whole("shift", shift, 0, 512);
    if (resize < size + shift || resize > 2048) {
      throw new IllegalArgumentException(
          "resize is " + resize + ": expected size + shift (" + (size + shift) + ") to 2048");
    }
    Ranges.scales(minScale, maxScale);
  }

  /** No patches; where asked for, 16 pixels out of 32 (ours: the authors cut 96 out of 256). */
  public static PatchSettings defaults() {
    return new PatchSettings(0, 16, 32, 4, 0.6, 1.0);
  }

  /** The same with another number of patches. */
  public PatchSettings withViews(int views) {
    return new PatchSettings(views, size, resize, shift, minScale, maxScale);
  }
}
