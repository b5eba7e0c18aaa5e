package io.millrace.ingest.source;

import io.millrace.ingest.image.ImageFormat;

/**
 * The synthetic stream. Lengths are fractions of the image's side, colours and noise fractions of
 * full scale.
 *
 * @param seed seed of everything drawn
 * @param side pixels across and down
 * @param shapes shapes in use, of {@link SyntheticShape}
 * @param textures textures in use, of {@link SyntheticTexture}; classes = shapes × textures
 * @param images images in the stream; 0 is without end
 * @param heldOut images held out for evaluation
 * @param clipFrames images in a row that show one object as it moves
 * @param driftStrength how far the class mix sways: 0 is a constant mix, 1 lets classes vanish
 * @param driftPeriod images until the class mix comes round
 * @param format JPEG or PNG
 * @param quality JPEG quality, 0 to 1
 * @param minRadius smallest object radius
 * @param maxRadius largest object radius
 * @param place how far an object's centre may lie from the image's
 * @param turn how far objects and their textures turn from upright, degrees either way
 * @param saturation how far colours leave grey: 0 is grey alone, 1 all colours
 * @param contrast least difference in lightness between an object's two colours
 * @param lighting strongest fall of light across the image
 * @param clutter most background objects
 * @param noise strongest noise
 */
public record SyntheticSettings(
    long seed,
    int side,
    int shapes,
    int textures,
    long images,
    int heldOut,
    int clipFrames,
    double driftStrength,
    long driftPeriod,
    ImageFormat format,
    double quality,
    double minRadius,
    double maxRadius,
    double place,
    double turn,
    double saturation,
    double contrast,
    double lighting,
    int clutter,
    double noise) {
  public SyntheticSettings {
    check("side", side, 8, 1024);
    check("shapes", shapes, 1, SyntheticShape.values().length);
    check("textures", textures, 1, SyntheticTexture.values().length);
    check("images", images, 0, Long.MAX_VALUE - 1);
    check("heldOut", heldOut, 0, 10_000_000);
    check("clipFrames", clipFrames, 1, 10_000);
    check("driftStrength", driftStrength, 0, 1);
    check("driftPeriod", driftPeriod, 1, Long.MAX_VALUE);
    if (format == ImageFormat.UNKNOWN) {
      throw new IllegalArgumentException("format is UNKNOWN: expected JPEG or PNG");
    }
    check("quality", quality, 0, 1);
    check("minRadius", minRadius, 0.05, 1);
    check("maxRadius", maxRadius, minRadius, 1);
    check("place", place, 0, 0.5);
    check("turn", turn, 0, 180);
    check("saturation", saturation, 0, 1);
    check("contrast", contrast, 0, 0.6);
    check("lighting", lighting, 0, 1);
    check("clutter", clutter, 0, 100);
    check("noise", noise, 0, 1);
  }

  /** 12 classes at 32 × 32 pixels, without end, in clips of 8 frames. */
  public static SyntheticSettings defaults() {
    return new SyntheticSettings(
        7,
        32,
        3,
        4,
        0,
        5_000,
        8,
        0,
        20_000,
        ImageFormat.JPEG,
        0.9,
        0.3,
        0.6,
        0.22,
        15,
        0.35,
        0.45,
        0.4,
        2,
        0.05);
  }

  /** The same with another seed. */
  public SyntheticSettings withSeed(long newSeed) {
    return with(newSeed, images, heldOut);
  }

  /** The same with an end; 0 is without. */
  public SyntheticSettings withImages(long newImages) {
    return with(seed, newImages, heldOut);
  }

  /** The same with another number of held-out images. */
  public SyntheticSettings withHeldOut(int newHeldOut) {
    return with(seed, images, newHeldOut);
  }

  private SyntheticSettings with(long newSeed, long newImages, int newHeldOut) {
    return new SyntheticSettings(
        newSeed,
        side,
        shapes,
        textures,
        newImages,
        newHeldOut,
        clipFrames,
        driftStrength,
        driftPeriod,
        format,
        quality,
        minRadius,
        maxRadius,
        place,
        turn,
        saturation,
        contrast,
        lighting,
        clutter,
        noise);
  }

  /** Number of classes. */
  public int classes() {
    return shapes * textures;
  }

  private static void check(String key, double value, double from, double to) {
    if (!(value >= from && value <= to)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected " + from + " to " + to);
    }
  }

  private static void check(String key, long value, long from, long to) {
    if (value < from || value > to) {
      throw new IllegalArgumentException(key + " is " + value + ": expected " + from + " to " + to);
    }
  }
}
