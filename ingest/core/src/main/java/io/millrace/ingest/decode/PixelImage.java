package io.millrace.ingest.decode;

/**
 * Pixels of one image, upright: 8-bit RGB, interleaved by rows (height × width × 3). The array
 * belongs to this object: neither side writes to it.
 */
public final class PixelImage {
  private final int width;
  private final int height;
  private final byte[] rgb;

  /**
   * @param width pixels across
   * @param height pixels down
   * @param rgb unsigned bytes, [height, width, 3]
   */
  public PixelImage(int width, int height, byte[] rgb) {
    if (width <= 0 || height <= 0 || (long) width * height * 3 != rgb.length) {
      throw new IllegalArgumentException(
          "an image of " + width + "×" + height + " pixels in " + rgb.length + " bytes");
    }
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /** Pixels across. */
  public int width() {
    return width;
  }

  /** Pixels down. */
  public int height() {
    return height;
  }

  /** Unsigned bytes, [height, width, 3]; not to be written to. */
  public byte[] rgb() {
    return rgb;
  }

  /**
   * This image, or where a side is longer than {@code maxSide} a smaller one of the same aspect by
   * area averaging (every source pixel counts by its share of the target pixel).
   */
  public PixelImage shrinkTo(int maxSide) {
    int longest = Math.max(width, height);
    if (longest <= maxSide) {
      return this;
    }
    int w = Math.max(1, (int) Math.round((double) width * maxSide / longest));
    int h = Math.max(1, (int) Math.round((double) height * maxSide / longest));
    return new PixelImage(w, h, AreaAverage.of(rgb, width, height, w, h));
  }
}
