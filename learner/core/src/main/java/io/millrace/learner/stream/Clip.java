package io.millrace.learner.stream;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.random.KeyedRandom;

/**
 * A clip made of a still image: a window, whose side goes from one share of the image's to another
 * (zoom) and whose place from one to another (pan), while the light goes from one factor to
 * another; all linear in time, both ends drawn by the image's name. Windows are enlarged to the
 * image's size, bilinearly. Shares are 0.6 to 1, factors 0.7 to 1.3 (ours).
 */
record Clip(double[] from, double[] to, int frames) {
  private static final double SMALLEST = 0.6;
  private static final double LIGHT = 0.3;

  static Clip of(long seed, String id, int frames) {
    KeyedRandom random = KeyedRandom.of(seed, "stream.clip", id, 0);
    return new Clip(end(random), end(random), frames);
  }

  /** Side, place across and down (as a share of the room there is), light. */
  private static double[] end(KeyedRandom random) {
    return new double[] {
      random.uniform(SMALLEST, 1),
      random.nextDouble(),
      random.nextDouble(),
      random.uniform(1 - LIGHT, 1 + LIGHT)
    };
  }

  /** The frame at a moment, 0 to frames − 1. */
  PixelImage frame(PixelImage still, int moment) {
    double t = frames == 1 ? 0 : (double) moment / (frames - 1);
    double side = at(0, t);
    double light = at(3, t);
    int w = still.width();
    int h = still.height();
    double left = at(1, t) * (1 - side) * w;
    double top = at(2, t) * (1 - side) * h;
    byte[] out = new byte[w * h * 3];
    for (int y = 0; y < h; y++) {
      double sy = clamp(top + (y + 0.5) * side - 0.5, h);
      for (int x = 0; x < w; x++) {
        double sx = clamp(left + (x + 0.5) * side - 0.5, w);
        for (int c = 0; c < 3; c++) {
          double value = light * sample(still, sx, sy, c);
          out[(y * w + x) * 3 + c] = (byte) Math.round(Math.min(255, value));
        }
      }
    }
    return new PixelImage(w, h, out);
  }

  private double at(int part, double t) {
    return from[part] + t * (to[part] - from[part]);
  }

  private static double clamp(double at, int size) {
    return Math.max(0, Math.min(size - 1.0, at));
  }

  private static double sample(PixelImage image, double x, double y, int channel) {
    int x0 = (int) x;
    int y0 = (int) y;
    int x1 = Math.min(x0 + 1, image.width() - 1);
    int y1 = Math.min(y0 + 1, image.height() - 1);
    double fx = x - x0;
    double fy = y - y0;
    double upper = (1 - fx) * pixel(image, x0, y0, channel) + fx * pixel(image, x1, y0, channel);
    double lower = (1 - fx) * pixel(image, x0, y1, channel) + fx * pixel(image, x1, y1, channel);
    return (1 - fy) * upper + fy * lower;
  }

  private static int pixel(PixelImage image, int x, int y, int channel) {
    return image.rgb()[(y * image.width() + x) * 3 + channel] & 0xFF;
  }
}
