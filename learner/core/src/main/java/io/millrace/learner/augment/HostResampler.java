package io.millrace.learner.augment;

import io.millrace.ingest.decode.PixelImage;

/**
 * Cropping, resizing and mirroring in the host's memory, view by view: the products that {@link
 * Resampler} computes as whole matrices, without their zeros.
 */
final class HostResampler {
  private HostResampler() {}

  /**
   * Writes what a window sees, times {@code scale} plus {@code shift} of its channel.
   *
   * @param size side of the view
   * @param scale of red, green and blue, for values of 0 to 255
   * @param shift of red, green and blue
   * @param out gets [3, size, size] from {@code at} on
   */
  static void write(
      PixelImage image,
      Window window,
      int size,
      float[] scale,
      float[] shift,
      float[] out,
      int at) {
    var across = new TriangleFilter[size];
    int left = Integer.MAX_VALUE;
    int end = 0;
    int weights = 0;
    for (int j = 0; j < size; j++) {
      across[j] = window.column(j, size);
      left = Math.min(left, across[j].first());
      end = Math.max(end, across[j].end());
      weights += across[j].count();
    }
    int width = end - left;
    float[] flat = new float[weights];
    int[] first = new int[size];
    int[] count = new int[size];
    for (int j = 0, w = 0; j < size; j++) {
      first[j] = (across[j].first() - left) * 3;
      count[j] = across[j].count();
      for (int k = 0; k < count[j]; k++) {
        flat[w++] = (float) across[j].weight(k);
      }
    }
    float[] rows = rows(image, window, size, left, width);
    int plane = size * size;
    for (int i = 0; i < size; i++) {
      int to = at + i * size;
      for (int j = 0, w = 0; j < size; j++) {
        int from = i * width * 3 + first[j];
        float red = 0;
        float green = 0;
        float blue = 0;
        for (int k = count[j]; k > 0; k--) {
          float weight = flat[w++];
          red += weight * rows[from];
          green += weight * rows[from + 1];
          blue += weight * rows[from + 2];
          from += 3;
        }
        out[to + j] = red * scale[0] + shift[0];
        out[to + plane + j] = green * scale[1] + shift[1];
        out[to + 2 * plane + j] = blue * scale[2] + shift[2];
      }
    }
  }

  /**
   * Rows resampled, columns not yet: [size, width, 3]. Each source row becomes numbers once and is
   * then added to the rows that it has a part in, because only sums of numbers are vectorized.
   */
  private static float[] rows(PixelImage image, Window window, int size, int left, int width) {
    var down = new TriangleFilter[size];
    for (int i = 0; i < size; i++) {
      down[i] = window.row(i);
    }
    int length = width * 3;
    float[] rows = new float[size * length];
    float[] source = new float[length];
    byte[] rgb = image.rgb();
    int open = 0; // the first row that source rows still have a part in
    for (int y = down[0].first(); y < down[size - 1].end(); y++) {
      int from = (y * image.width() + left) * 3;
      for (int x = 0; x < length; x++) {
        source[x] = rgb[from + x] & 0xFF;
      }
      while (down[open].end() <= y) {
        open++;
      }
      for (int i = open; i < size && down[i].first() <= y; i++) {
        add((float) down[i].weight(y - down[i].first()), source, rows, i * length);
      }
    }
    return rows;
  }

  private static void add(float weight, float[] source, float[] to, int at) {
    for (int x = 0; x < source.length; x++) {
      to[at + x] += weight * source[x];
    }
  }
}
