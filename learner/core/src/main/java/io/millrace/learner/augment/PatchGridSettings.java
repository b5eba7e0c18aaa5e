package io.millrace.learner.augment;

/**
 * A 3 × 3 grid of patches with gaps between, laid over one random resized crop of each image.
 *
 * @param size side in pixels the crop is resized to, 12 to 2048
 * @param patch side of a patch in pixels, 4 to 512
 * @param gap pixels between two patches of the grid, 0 or more
 * @param jitter how far a patch may move from its place in every direction, in pixels, 0 or more
 * @param minScale smallest share of the image's area that the crop keeps
 * @param maxScale largest share, at most 1
 * @param flip probability of mirroring the whole crop
 * @param colourDrop probability that a patch keeps one colour channel only
 */
public record PatchGridSettings(
    int size,
    int patch,
    int gap,
    int jitter,
    double minScale,
    double maxScale,
    double flip,
    double colourDrop) {
  public PatchGridSettings {
    Ranges.whole("size", size, 12, 2048);
    Ranges.whole("patch", patch, 4, 512);
    Ranges.whole("gap", gap, 0, 512);
    Ranges.whole("jitter", jitter, 0, 512);
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
    Ranges.probability("flip", flip);
    Ranges.probability("colourDrop", colourDrop);
  }

  /**
   * Patches of 8 pixels half a patch apart, moved by one pixel at most, on 34 pixels (ours: the
   * authors cut patches of 96 pixels, 48 apart, moved by up to 7). Half of the patches lose colours
   * (ours: the authors take them from all, but serving shows coloured images).
   */
  public static PatchGridSettings defaults() {
    return new PatchGridSettings(34, 8, 4, 1, 0.6, 1.0, 0.5, 0.5);
  }

  Crop crop() {
    return new GridCrop(size, patch, patch + gap, 2 * jitter, minScale, maxScale, flip);
  }
}
