package io.millrace.ingest.decode;

/**
 * Area averaging: cell x of w over source pixels spans [x·s, (x+1)·s) with s = width/w, and weighs
 * each source pixel by the share of the span that it covers; rows likewise. Source rows are read
 * once and in order, and no more than two rows are held besides the outcome.
 */
final class AreaAverage {
  private AreaAverage() {}

  /**
   * A smaller image.
   *
   * @param rgb unsigned bytes, [height, width, 3]
   * @param w cells across, at most {@code width}
   * @param h cells down, at most {@code height}
   * @return unsigned bytes, [h, w, 3], rounded to the nearest
   */
  static byte[] of(byte[] rgb, int width, int height, int w, int h) {
    var columns = new Spans(width, w);
    var rows = new Spans(height, h);
    byte[] out = new byte[h * w * 3];
    float[] line = new float[w * 3];
    float[] sum = new float[w * 3];
    int read = -1; // the source row that line holds
    for (int y = 0; y < h; y++) {
      java.util.Arrays.fill(sum, 0);
      for (int k = rows.begin[y]; k < rows.begin[y + 1]; k++) {
        int row = rows.first[y] + k - rows.begin[y];
        if (row != read) {
          across(rgb, row * width * 3, columns, line);
          read = row;
        }
        float share = rows.shares[k];
        for (int i = 0; i < sum.length; i++) {
          sum[i] += share * line[i];
        }
      }
      int to = y * w * 3;
      for (int i = 0; i < sum.length; i++) {
        out[to + i] = (byte) Math.min(255, (int) (sum[i] + 0.5f));
      }
    }
    return out;
  }

  private static void across(byte[] rgb, int from, Spans columns, float[] line) {
    float[] shares = columns.shares;
    for (int x = 0, o = 0; x < columns.first.length; x++, o += 3) {
      int i = from + columns.first[x] * 3;
      float red = 0;
      float green = 0;
      float blue = 0;
      for (int k = columns.begin[x]; k < columns.begin[x + 1]; k++, i += 3) {
        float share = shares[k];
        red += share * (rgb[i] & 0xFF);
        green += share * (rgb[i + 1] & 0xFF);
        blue += share * (rgb[i + 2] & 0xFF);
      }
      line[o] = red;
      line[o + 1] = green;
      line[o + 2] = blue;
    }
  }

  /** Source pixels and their shares, by cell. */
  private static final class Spans {
    /** First source pixel of each cell. */
    final int[] first;

    /** Where the shares of each cell begin; one more for the end. */
    final int[] begin;

    final float[] shares;

    Spans(int length, int cells) {
      first = new int[cells];
      begin = new int[cells + 1];
      float[] all = new float[length + cells];
      double scale = (double) length / cells;
      int n = 0;
      for (int x = 0; x < cells; x++) {
        double from = x * scale;
        double to = Math.min(length, from + scale);
        first[x] = (int) from;
        for (int sx = (int) from; sx < to; sx++) {
          all[n++] = (float) ((Math.min(to, sx + 1) - Math.max(from, sx)) / (to - from));
        }
        begin[x + 1] = n;
      }
      shares = java.util.Arrays.copyOf(all, n);
    }
  }
}
