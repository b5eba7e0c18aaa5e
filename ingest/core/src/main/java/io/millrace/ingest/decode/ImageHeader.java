package io.millrace.ingest.decode;

import io.millrace.ingest.image.ImageFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of itself before any pixel is made.
 *
 * @param format JPEG or PNG
 * @param width stored pixels across, before orientation
 * @param height stored pixels down, before orientation
 * @param components color components of a JPEG file; 0 for PNG
 * @param adobeTransform color transform of an Adobe marker: 0 none, 1 YCbCr, 2 YCCK; −1 without one
 * @param exif TIFF structure with the EXIF tags; null when there is none
 * @param codestream the file as a reader needs it
 */
record ImageHeader(
    ImageFormat format,
    int width,
    int height,
    int components,
    int adobeTransform,
    byte @Nullable [] exif,
    byte[] codestream) {
  long pixels() {
    return (long) width * height;
  }
}
