package io.millrace.learner.augment;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/**
 * Small patches cut from one random resized crop of each image. Colors change for all patches of an
 * image alike.
 */
public record PatchSettings(
    @Doc("patches of each image; 0 does without") @Range(min = 0, max = 9) int views,
    @Doc("side of a patch in pixels") @Range(min = 8, max = 512) int size,
    @Doc("side in pixels the crop is resized to before patches are cut")
        @Range(min = 8, max = LARGEST)
        int resize,
    @Doc("how far a patch may move from its place in the 3 × 3 grid, in pixels")
        @Range(min = 0, max = 512)
        int shift,
    @Doc("smallest share of the image's area that the crop keeps") @Range(over = 0, max = 1)
        double minScale,
    @Doc("largest share") @Range(over = 0, max = 1) double maxScale) {
  private static final int LARGEST = 2048;

  public PatchSettings {
    Allowed.check(PatchSettings.class, views, size, resize, shift, minScale, maxScale);
    if (resize < size + shift) {
      throw new IllegalArgumentException(
          "resize is " + resize + ": expected size + shift (" + (size + shift) + ") to " + LARGEST);
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
