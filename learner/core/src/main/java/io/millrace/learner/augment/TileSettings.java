package io.millrace.learner.augment;

/**
 * The tiles of a 3 × 3 jigsaw puzzle over one random resized crop of each image.
 *
 * @param size side in pixels the crop is resized to, 12 to 2048; a cell is a third of it
 * @param tile side of a tile in pixels, 4 to a third of {@code size}; it lies anywhere in its cell,
 *     so that no edge tells which tiles are neighbours
 * @param minScale smallest share of the image's area that the crop keeps
 * @param maxScale largest share, at most 1
 * @param flip probability of mirroring the whole crop
 * @param grey probability that the whole puzzle loses its colours
 */
public record TileSettings(
    int size, int tile, double minScale, double maxScale, double flip, double grey) {
  public TileSettings {
    Ranges.whole("size", size, 12, 2048);
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
    Ranges.probability("flip", flip);
    Ranges.probability("grey", grey);
  }

  /**
   * Tiles of 8 pixels in cells of 10 (ours: the authors take 64 in cells of 75, and shift the
   * colour channels against each other, which has no counterpart at this size).
   */
  public static TileSettings defaults() {
    return new TileSettings(30, 8, 0.6, 1.0, 0.5, 0.3);
  }

  Crop crop() {
    int cell = size / GridCrop.SIDE;
    return new GridCrop(size, tile, cell, cell - tile, minScale, maxScale, flip);
  }
}
