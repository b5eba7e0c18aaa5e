package io.millrace.learner.augment;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** The tiles of a 3 × 3 jigsaw puzzle over one random resized crop of each image. */
public record TileSettings(
    @Doc("side in pixels the crop is resized to; a cell is a third of it")
        @Range(min = 12, max = 2048)
        int size,
    @Doc(
            "side of a tile in pixels, 4 to a third of size; it lies anywhere in its cell, so that"
                + " no edge tells which tiles are neighbors")
        int tile,
    @Doc("smallest share of the image's area that the crop keeps") @Range(over = 0, max = 1)
        double minScale,
    @Doc("largest share") @Range(over = 0, max = 1) double maxScale,
    @Doc("probability of mirroring the whole crop") @Range(min = 0, max = 1) double flip,
    @Doc("probability that the whole puzzle loses its colors") @Range(min = 0, max = 1)
        double gray) {
  public TileSettings {
    Allowed.check(TileSettings.class, size, tile, minScale, maxScale, flip, gray);
    if (tile < 4 || tile > size / GridCrop.SIDE) {
      throw new IllegalArgumentException(
          "tile is "
              + tile
              + ": expected 4 to a third of size ("
              + size
              + "), "
              + size / GridCrop.SIDE);
    }
    Ranges.scales(minScale, maxScale);
  }

  /**
   * Tiles of 8 pixels in cells of 10 (ours: the authors take 64 in cells of 75, and shift the color
   * channels against each other, which has no counterpart at this size).
   */
  public static TileSettings defaults() {
    return new TileSettings(30, 8, 0.6, 1.0, 0.5, 0.3);
  }

  Crop crop() {
    int cell = size / GridCrop.SIDE;
    return new GridCrop(size, tile, cell, cell - tile, minScale, maxScale, flip);
  }
}
