package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import java.nio.charset.StandardCharsets;

/** Whether a file's samples are what any reader takes for red, green and blue, or for gray. */
final class Samples {
  private static final int PNG_DEPTH = 24;
  private static final int PNG_COLOR_TYPE = 25;
  private static final int ALPHA = 4;

  /** Adobe's transform that says what everybody takes three components for. */
  private static final int YCBCR = 1;

  private static final int FIRST_CHUNK_AFTER_HEADER = 33;

  private Samples() {}

  /**
   * False for CMYK, transparency and more than 8 bits: readers differ in what they make of those.
   *
   * @param file a JPEG or PNG file whose header has passed the guards
   */
  static boolean arePlain(byte[] file) {
    return ImageFormat.of(file) == ImageFormat.PNG ? plainPng(file) : plainJpeg(file);
  }

  private static boolean plainPng(byte[] file) {
    return file[PNG_DEPTH] <= 8 && (file[PNG_COLOR_TYPE] & ALPHA) == 0 && !hasTransparency(file);
  }

  private static boolean hasTransparency(byte[] file) {
    for (int at = FIRST_CHUNK_AFTER_HEADER; at + 12 <= file.length; ) {
      String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
      if (type.equals("tRNS")) {
        return true;
      }
      long length =
          (file[at] & 0xFFL) << 24
              | (file[at + 1] & 0xFF) << 16
              | (file[at + 2] & 0xFF) << 8
              | (file[at + 3] & 0xFF);
      if (type.equals("IDAT") || at + 12 + length > file.length) {
        return false;
      }
      at += (int) (12 + length);
    }
    return false;
  }

  private static boolean plainJpeg(byte[] file) {
    for (int at = 2; at + 10 <= file.length; ) {
      int marker = file[at + 1] & 0xFF;
      if ((file[at] & 0xFF) != 0xFF || marker < 0xC0 || marker == 0xFF) {
        return false;
      }
      if (marker == 0xEE && (at + 16 > file.length || file[at + 15] != YCBCR)) {
        return false; // Adobe says what the components mean, and readers differ in believing it
      }
      boolean startOfFrame = marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
      if (startOfFrame) {
        int components = file[at + 9];
        return (marker <= 0xC2) && file[at + 4] == 8 && (components == 1 || components == 3);
      }
      at += 2 + ((file[at + 2] & 0xFF) << 8 | (file[at + 3] & 0xFF));
    }
    return false;
  }
}
