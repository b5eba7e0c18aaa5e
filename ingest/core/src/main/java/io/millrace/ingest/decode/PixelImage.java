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
    return new PixelImage(w, h, averageRows(averageColumns(rgb, width, height, w), w, height, h));
  }

  private static float[] averageColumns(byte[] in, int width, int height, int w) {
    float[] out = new float[height * w * 3];
    double scale = (double) width / w;
    for (int x = 0; x < w; x++) {
      double from = x * scale;
      double to = Math.min(width, from + scale);
      for (int sx = (int) from; sx < to; sx++) {
        float share = (float) ((Math.min(to, sx + 1) - Math.max(from, sx)) / (to - from));
        for (int y = 0; y < height; y++) {
          int o = (y * w + x) * 3;
          int i = (y * width + sx) * 3;
          out[o] += share * (in[i] & 0xFF);
          out[o + 1] += share * (in[i + 1] & 0xFF);
          out[o + 2] += share * (in[i + 2] & 0xFF);
        }
      }
    }
    return out;
  }

  private static byte[] averageRows(float[] in, int w, int height, int h) {
    byte[] out = new byte[h * w * 3];
    double scale = (double) height / h;
    float[] row = new float[w * 3];
    for (int y = 0; y < h; y++) {
      java.util.Arrays.fill(row, 0);
      double from = y * scale;
      double to = Math.min(height, from + scale);
      for (int sy = (int) from; sy < to; sy++) {
        float share = (float) ((Math.min(to, sy + 1) - Math.max(from, sy)) / (to - from));
        for (int i = 0; i < row.length; i++) {
          row[i] += share * in[sy * w * 3 + i];
        }
      }
      for (int i = 0; i < row.length; i++) {
        out[y * w * 3 + i] = (byte) Math.min(255, Math.round(row[i]));
      }
    }
    return out;
  }
}
