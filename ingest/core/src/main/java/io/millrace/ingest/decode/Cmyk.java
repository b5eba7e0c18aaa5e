package io.millrace.ingest.decode;

import java.awt.image.Raster;

/**
 * Four-component JPEG samples → RGB without a color profile, so that every platform makes the same
 * pixels: r = (255 − c)(255 − k) ÷ 255, rounded; g and b likewise. Files with an Adobe marker store
 * inverted samples; with its transform 2 the first three are YCbCr of their complement (YCCK).
 */
final class Cmyk {
  private static final int YCCK = 2;

  private Cmyk() {}

  static PixelImage toRgb(Raster raster, int adobeTransform) {
    int w = raster.getWidth();
    int h = raster.getHeight();
    byte[] out = new byte[w * h * 3];
    int[] row = new int[w * 4];
    int o = 0;
    for (int y = 0; y < h; y++) {
      raster.getPixels(0, y, w, 1, row);
      for (int i = 0; i < row.length; i += 4) {
        if (adobeTransform == YCCK) {
          yccToCmy(row, i);
        }
        // From here on "light", the complement of ink.
        boolean inverted = adobeTransform >= 0;
        int k = inverted ? row[i + 3] : 255 - row[i + 3];
        for (int c = 0; c < 3; c++) {
          int light = inverted ? row[i + c] : 255 - row[i + c];
          out[o++] = (byte) ((light * k + 127) / 255);
        }
      }
    }
    return new PixelImage(w, h, out);
  }

  /** 255 less JFIF's conversion to RGB, in 16-bit fixed point. */
  private static void yccToCmy(int[] row, int i) {
    int y = row[i] << 16;
    int cb = row[i + 1] - 128;
    int cr = row[i + 2] - 128;
    row[i] = 255 - clamp(y + 91_881 * cr);
    row[i + 1] = 255 - clamp(y - 22_554 * cb - 46_802 * cr);
    row[i + 2] = 255 - clamp(y + 116_130 * cb);
  }

  private static int clamp(int fixed) {
    return Math.max(0, Math.min(255, (fixed + (1 << 15)) >> 16));
  }
}
