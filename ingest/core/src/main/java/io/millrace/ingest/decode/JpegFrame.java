package io.millrace.ingest.decode;

/**
 * What the pixels of a JPEG file mean, decided before the reader sees it.
 *
 * @param type number of the frame header: 0 baseline, 1 extended, 2 progressive, 3 lossless
 * @param colors meaning of the components
 * @param doubledRows for each component, whether it has every column and every second row (4:4:0)
 */
record JpegFrame(int type, Colors colors, boolean[] doubledRows) {
  static final int PROGRESSIVE = 2;
  static final int LOSSLESS = 3;

  /** Meaning of the components, as libjpeg decides it. */
  enum Colors {
    GRAY,
    YCBCR,
    RGB,
    /** Inverted ink. */
    CMYK,
    /** YCbCr of the ink's complement, and inverted black. */
    YCCK
  }

  /** Whether the reader's own way of enlarging chroma is not the one wanted. */
  boolean isUpsampledHere() {
    for (boolean doubled : doubledRows) {
      if (doubled && colors == Colors.YCBCR && type != LOSSLESS) {
        return true;
      }
    }
    return false;
  }
}
