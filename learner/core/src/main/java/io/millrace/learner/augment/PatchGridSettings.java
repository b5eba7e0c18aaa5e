package io.millrace.learner.augment;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** A 3 × 3 grid of patches with gaps between, laid over one random resized crop of each image. */
public record PatchGridSettings(
    @Doc("side in pixels the crop is resized to") @Range(min = 12, max = 2048) int size,
    @Doc("side of a patch in pixels") @Range(min = 4, max = 512) int patch,
    @Doc(
            "pixels between two patches of the grid; 3 · patch + 2 · gap + 2 · jitter is at"
                + " most size")
        @Range(min = 0, max = 512)
        int gap,
    @Doc("how far a patch may move from its place in every direction, in pixels")
        @Range(min = 0, max = 512)
        int jitter,
    @Doc("smallest share of the image's area that the crop keeps") @Range(over = 0, max = 1)
        double minScale,
    @Doc("largest share") @Range(over = 0, max = 1) double maxScale,
    @Doc("probability of mirroring the whole crop") @Range(min = 0, max = 1) double flip,
    @Doc("probability that a patch keeps one color channel only") @Range(min = 0, max = 1)
        double colorDrop) {
  public PatchGridSettings {
    Allowed.check(
        PatchGridSettings.class, size, patch, gap, jitter, minScale, maxScale, flip, colorDrop);
    if (3 * patch + 2 * gap + 2 * jitter > size) {
      throw new IllegalArgumentException(
          "patch is "
              + patch
              + ": expected 3 · patch + 2 · gap ("
              + gap
              + ") + 2 · jitter ("
              + jitter
              + ") to be at most size ("
              + size
              + ")");
    }
    Ranges.scales(minScale, maxScale);
  }

  /**
   * Patches of 8 pixels half a patch apart, moved by one pixel at most, on 34 pixels (ours: the
   * authors cut patches of 96 pixels, 48 apart, moved by up to 7). Half of the patches lose colors
   * (ours: the authors take them from all, but serving shows colored images).
   */
  public static PatchGridSettings defaults() {
    return new PatchGridSettings(34, 8, 4, 1, 0.6, 1.0, 0.5, 0.5);
  }

  Crop crop() {
    return new GridCrop(size, patch, patch + gap, 2 * jitter, minScale, maxScale, flip);
  }
}
