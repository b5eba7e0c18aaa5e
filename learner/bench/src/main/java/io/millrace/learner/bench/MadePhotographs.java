package io.millrace.learner.bench;

import io.millrace.ingest.decode.EncodedImages;
import io.millrace.ingest.decode.PixelImage;
import java.util.Random;

/** Made photographs: shades, edges and grain, so that a file is as large as a camera's. */
final class MadePhotographs {
  private MadePhotographs() {}

  /** A JPEG file, about 0.2 bytes a pixel. */
  static byte[] jpeg(int width, int height, long seed) {
    return EncodedImages.jpeg(pixels(width, height, seed), 0.87f);
  }

  /** Pixels. */
  static PixelImage pixels(int width, int height, long seed) {
    var random = new Random(seed);
    int cells = 12;
    double[] shades = random.doubles(3L * (cells + 1) * (cells + 1), 20, 235).toArray();
    double[] edges = random.doubles(20, 0, 1).toArray();
    byte[] rgb = new byte[width * height * 3];
    for (int y = 0; y < height; y++) {
      double v = (double) y * cells / height;
      for (int x = 0; x < width; x++) {
        double u = (double) x * cells / width;
        double step = 0;
        for (int e = 0; e < edges.length; e += 2) {
          boolean over =
              (double) x / width * Math.cos(9 * edges[e])
                      + (double) y / height * Math.sin(9 * edges[e])
                  > edges[e + 1];
          step += over ? 14 : -14;
        }
        double grain = random.nextGaussian() * 5;
        for (int c = 0; c < 3; c++) {
          double value = between(shades, c, cells, u, v) + step + grain;
          rgb[(y * width + x) * 3 + c] = (byte) Math.round(Math.max(0, Math.min(255, value)));
        }
      }
    }
    return new PixelImage(width, height, rgb);
  }

  private static double between(double[] shades, int c, int cells, double u, double v) {
    int i = (int) v;
    int j = (int) u;
    double down = v - i;
    double across = u - j;
    int at = (c * (cells + 1) + i) * (cells + 1) + j;
    return (shades[at] * (1 - across) + shades[at + 1] * across) * (1 - down)
        + (shades[at + cells + 1] * (1 - across) + shades[at + cells + 2] * across) * down;
  }
}
