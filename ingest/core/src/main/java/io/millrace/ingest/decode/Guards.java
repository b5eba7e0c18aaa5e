package io.millrace.ingest.decode;

/** The limits on what a header announces. */
final class Guards {
  private Guards() {}

  static void checkSides(int width, int height, DecodeLimits limits) throws DecodeException {
    String size = width + "×" + height + " pixels";
    if (Math.min(width, height) < limits.minSide()) {
      throw new DecodeException(
          RejectionReason.TOO_SMALL, size + ": expected sides of " + limits.minSide() + " or more");
    }
    if (Math.max(width, height) > limits.maxSide()) {
      throw new DecodeException(
          RejectionReason.TOO_MANY_PIXELS,
          size + ": expected sides of at most " + limits.maxSide());
    }
    if ((long) width * height > limits.maxPixels()) {
      throw new DecodeException(
          RejectionReason.TOO_MANY_PIXELS,
          size + ": expected at most " + limits.maxPixels() + " pixels");
    }
  }
}
