package io.millrace.ingest.decode;

import java.awt.image.Raster;

/**
 * Four-component JPEG samples → RGB without a color profile, so that every platform makes the same
 * pixels. Samples count as inverted ink, as Adobe writes them and as Pillow, OpenCV and browsers
 * read every such file: r = c·k ÷ 255, rounded; g and b likewise. In YCCK the first three are YCbCr
 * of the ink's complement.
 */
final class Cmyk {
  private Cmyk() {}

  static PixelImage toRgb(Raster raster, boolean ycck) {
    int w = raster.getWidth();
    int h = raster.getHeight();
    byte[] out = new byte[w * h * 3];
    int[] row = new int[w * 4];
    int o = 0;
    for (int y = 0; y < h; y++) {
      raster.getPixels(0, y, w, 1, row);
      for (int i = 0; i < row.length; i += 4) {
        if (ycck) {
          yccToCmy(row, i);
        }
        for (int c = 0; c < 3; c++) {
          out[o++] = (byte) ((row[i + c] * row[i + 3] + 127) / 255);
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
    row[i] = 255 - Chroma.clamp(y + 91_881 * cr);
    row[i + 1] = 255 - Chroma.clamp(y - 22_554 * cb - 46_802 * cr);
    row[i + 2] = 255 - Chroma.clamp(y + 116_130 * cb);
  }
}
