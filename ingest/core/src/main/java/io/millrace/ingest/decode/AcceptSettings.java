package io.millrace.ingest.decode;

/**
 * What everybody after ingest gets of an image.
 *
 * @param maxSide longest side in pixels; 0 keeps an image's bytes as they came, whatever they are
 * @param quality of a JPEG file whose pixels had to change, over 0 (smallest) to 1 (best)
 * @param keepMetadata whether places, times and names stay in a file whose pixels did not change
 * @param scaledDecode whether the system's libjpeg-turbo, where there is one, shrinks large JPEG
 *     files while it decodes them
 */
public record AcceptSettings(
    int maxSide, double quality, boolean keepMetadata, boolean scaledDecode) {
  public AcceptSettings {
    if (maxSide != 0 && (maxSide < 32 || maxSide > 16_384)) {
      throw new IllegalArgumentException("maxSide is " + maxSide + ": expected 0, or 32 to 16384");
    }
    if (!(quality > 0 && quality <= 1)) {
      throw new IllegalArgumentException("quality is " + quality + ": expected over 0, at most 1");
    }
  }

  /** Sides of at most 512 pixels, quality 0.9, no metadata. */
  public static AcceptSettings defaults() {
    return new AcceptSettings(512, 0.9, false, true);
  }

  /** The same with another limit. */
  public AcceptSettings withMaxSide(int maxSide) {
    return new AcceptSettings(maxSide, quality, keepMetadata, scaledDecode);
  }
}
