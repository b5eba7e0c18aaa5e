package io.millrace.ingest.decode;

import java.awt.image.Raster;
import java.util.Arrays;

/**
 * YCbCr samples → RGB where a component has only every second row (4:4:0, which comes of turning a
 * 4:2:2 picture): the missing rows are weighted 3:1 from the two next to them, as libjpeg-turbo
 * does. JDKs that bring libjpeg 6b repeat each row, from which the stored ones can be had back;
 * those built on libjpeg-turbo have weighted them already.
 */
final class Chroma {
  private Chroma() {}

  /**
   * @param raster [height, width, 3], as the JDK's reader enlarged it
   * @param doubledRows which components have every second row
   */
  static PixelImage toRgb(Raster raster, boolean[] doubledRows) {
    int w = raster.getWidth();
    int h = raster.getHeight();
    boolean repeated = isRepeated(raster, doubledRows);
    byte[] out = new byte[w * h * 3];
    int[] row = new int[w * 3];
    int[] other = new int[w * 3];
    int o = 0;
    for (int y = 0; y < h; y++) {
      raster.getPixels(0, y, w, 1, row);
      boolean first = y % 2 == 0;
      // Beyond the first and the last row there is that row again.
      int next = first ? Math.max(0, y - 2) : y + 1 < h ? y + 1 : y;
      raster.getPixels(0, next, w, 1, other);
      for (int i = 0; i < row.length; i += 3) {
        for (int c = 0; c < 3; c++) {
          if (repeated && doubledRows[c]) {
            row[i + c] = (3 * row[i + c] + other[i + c] + (first ? 1 : 2)) >> 2;
          }
        }
        int cb = row[i + 1] - 128;
        int cr = row[i + 2] - 128;
        int luma = row[i] << 16;
        out[o++] = (byte) clamp(luma + 91_881 * cr);
        out[o++] = (byte) clamp(luma - 22_554 * cb - 46_802 * cr);
        out[o++] = (byte) clamp(luma + 116_130 * cb);
      }
    }
    return new PixelImage(w, h, out);
  }

  /** Whether every second row is the one above it again. */
  private static boolean isRepeated(Raster raster, boolean[] doubledRows) {
    int w = raster.getWidth();
    int[] row = new int[w];
    int[] below = new int[w];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; doubledRows[c] && y + 1 < raster.getHeight(); y += 2) {
        raster.getSamples(0, y, w, 1, c, row);
        raster.getSamples(0, y + 1, w, 1, c, below);
        if (!Arrays.equals(row, below)) {
          return false;
        }
      }
    }
    return true;
  }

  /** A sample in 16-bit fixed point, rounded. */
  static int clamp(int fixed) {
    return Math.max(0, Math.min(255, (fixed + (1 << 15)) >> 16));
  }
}
