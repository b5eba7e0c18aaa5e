package io.millrace.ingest.decode;

import org.jspecify.annotations.Nullable;

/**
 * The parts of a PNG file that pixels are made of.
 *
 * @param depth bits a sample
 * @param colorType 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha
 * @param interlaced whether rows come in Adam7's seven passes
 * @param transparency content of a tRNS chunk that fits; null when there is none
 * @param dataFrom index of the zlib stream in the code stream
 * @param dataTo its end
 */
record PngFrame(
    int depth,
    int colorType,
    boolean interlaced,
    byte @Nullable [] transparency,
    int dataFrom,
    int dataTo) {
  static final int GRAY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GRAY_ALPHA = 4;
  static final int RGB_ALPHA = 6;

  /** Whether it is opaque and of at most 8 bits a sample. */
  boolean isPlain() {
    return depth <= 8 && transparency == null && colorType != GRAY_ALPHA && colorType != RGB_ALPHA;
  }

  private static final int[][] ADAM7 = { // first column, first row, column step, row step
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };

  /** Bytes of all rows with their filter bytes. */
  long rowBytes(int width, int height) {
    if (!interlaced) {
      return rowBytesOfPass(width, height);
    }
    long sum = 0;
    for (int[] pass : ADAM7) {
      sum +=
          rowBytesOfPass(
              (width - pass[0] + pass[2] - 1) / pass[2],
              (height - pass[1] + pass[3] - 1) / pass[3]);
    }
    return sum;
  }

  private long rowBytesOfPass(int width, int height) {
    return width == 0 ? 0 : height * (1 + ((long) width * channels() * depth + 7) / 8);
  }

  private int channels() {
    return switch (colorType) {
      case RGB -> 3;
      case GRAY_ALPHA -> 2;
      case RGB_ALPHA -> 4;
      default -> 1;
    };
  }
}
