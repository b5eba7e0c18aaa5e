package io.millrace.ingest.decode;

import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a PNG file's data once to its end and throws it away: the JDK's reader takes what it
 * needs and never compares the checksum, so that damage could pass as pixels.
 */
final class PngData {
  private static final int BUFFER = 1 << 15;

  private PngData() {}

  /**
   * Checks that every row is there and sound.
   *
   * @return what is wrong and does no harm; null when nothing is
   * @throws IOException when rows are missing or the checksum is wrong
   */
  static @Nullable Leniency check(ImageHeader header, PngFrame png, DecodeTimer timer)
      throws IOException {
    long expected = png.rowBytes(header.width(), header.height());
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(header.codestream(), png.dataFrom(), png.dataTo() - png.dataFrom());
      byte[] buffer = new byte[(int) Math.min(BUFFER, expected + 1)];
      while (!inflater.finished()) {
        timer.check();
        int count = inflater.inflate(buffer);
        if (inflater.getBytesWritten() > expected) {
          return Leniency.EXTRA_IMAGE_DATA; // more rows than the image has: nobody reads them
        }
        if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          break;
        }
      }
      long rows = inflater.getBytesWritten();
      if (rows < expected) {
        throw new IOException(
            "the PNG's data ends after %d of %d bytes of rows".formatted(rows, expected));
      }
      if (!inflater.finished()) {
        return Leniency.MISSING_CHECKSUM;
      }
      return inflater.getRemaining() > 0 ? Leniency.EXTRA_IMAGE_DATA : null;
    } catch (DataFormatException e) {
      throw new IOException("the PNG's data is damaged: " + e.getMessage(), e);
    } finally {
      inflater.end();
    }
  }
}
