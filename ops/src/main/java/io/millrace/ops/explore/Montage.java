package io.millrace.ops.explore;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.ops.dashboard.ThumbnailCache;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;

/** Pictures side by side, and the two ways in which pixels are held. */
final class Montage {
  private static final int GAP = 4;

  private Montage() {}

  /** Pictures side by side, each {@code side} pixels square, as PNG; what is between is clear. */
  static byte[] png(List<BufferedImage> pictures, int side) {
    int width = Math.max(1, pictures.size() * (side + GAP) - GAP);
    var out = new BufferedImage(width, side, BufferedImage.TYPE_INT_ARGB);
    Graphics2D graphics = out.createGraphics();
    try {
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
      for (int i = 0; i < pictures.size(); i++) {
        graphics.drawImage(pictures.get(i), i * (side + GAP), 0, side, side, null);
      }
    } finally {
      graphics.dispose();
    }
    return ThumbnailCache.png(out);
  }

  static PixelImage pixels(BufferedImage image) {
    int w = image.getWidth();
    int h = image.getHeight();
    int[] packed = image.getRGB(0, 0, w, h, null, 0, w);
    byte[] rgb = new byte[w * h * 3];
    for (int i = 0; i < packed.length; i++) {
      rgb[i * 3] = (byte) (packed[i] >> 16);
      rgb[i * 3 + 1] = (byte) (packed[i] >> 8);
      rgb[i * 3 + 2] = (byte) packed[i];
    }
    return new PixelImage(w, h, rgb);
  }

  /**
   * A view as the network gets it, back as a picture.
   *
   * @param values [3, size, size] from {@code at} on, normalized by mean and deviation
   */
  static BufferedImage picture(
      float[] values, int at, int size, List<Double> mean, List<Double> std) {
    var out = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    for (int p = 0; p < size * size; p++) {
      int packed = 0;
      for (int c = 0; c < 3; c++) {
        double value = values[at + c * size * size + p] * std.get(c) + mean.get(c);
        packed = packed << 8 | (int) Math.round(255 * Math.min(1, Math.max(0, value)));
      }
      out.setRGB(p % size, p / size, packed);
    }
    return out;
  }
}
