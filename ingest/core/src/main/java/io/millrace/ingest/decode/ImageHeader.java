package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of itself before any pixel is made.
 *
 * @param format JPEG or PNG
 * @param width stored pixels across, before orientation
 * @param height stored pixels down, before orientation
 * @param jpeg what its components mean; null for PNG
 * @param png what its rows are made of; null for JPEG
 * @param exif TIFF structure with the EXIF tags; null when there is none
 * @param codestream the file as a reader needs it, with nothing that could mislead it
 * @param leniencies what was wrong with the file and does no harm
 */
record ImageHeader(
    ImageFormat format,
    int width,
    int height,
    @Nullable JpegFrame jpeg,
    @Nullable PngFrame png,
    byte @Nullable [] exif,
    byte[] codestream,
    Set<Leniency> leniencies) {
  long pixels() {
    return (long) width * height;
  }

  /**
   * The code stream where any reader makes the same of it: gray or YCbCr, 8 bits, nothing
   * transparent. Else null.
   */
  byte @Nullable [] plain() {
    boolean plain =
        jpeg != null
            ? jpeg.type() != JpegFrame.LOSSLESS
                && (jpeg.colors() == JpegFrame.Colors.GRAY
                    || jpeg.colors() == JpegFrame.Colors.YCBCR)
            : png != null && png.isPlain();
    return plain ? codestream : null;
  }
}
