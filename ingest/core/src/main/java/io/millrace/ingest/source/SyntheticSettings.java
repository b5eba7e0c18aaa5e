package io.millrace.ingest.source;

import io.millrace.ingest.image.ImageFormat;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.OneOf;
import io.millrace.ingest.settings.Range;

/**
 * The synthetic stream. Lengths are fractions of the image's side, colors and noise fractions of
 * full scale.
 */
public record SyntheticSettings(
    @Doc("seed of everything drawn") long seed,
    @Doc("pixels across and down") @Range(min = 8, max = 1024) int side,
    @Doc("shapes in use, of SyntheticShape") int shapes,
    @Doc("textures in use, of SyntheticTexture; classes = shapes × textures") int textures,
    @Doc("images in the stream; 0 is without end") @Range(min = 0) long images,
    @Doc("images held out for evaluation") @Range(min = 0, max = 10_000_000) int heldOut,
    @Doc("images in a row that show one object as it moves") @Range(min = 1, max = 10_000)
        int clipFrames,
    @Doc("how far the class mix sways: 0 is a constant mix, 1 lets classes vanish")
        @Range(min = 0, max = 1)
        double driftStrength,
    @Doc("images until the class mix comes round") @Range(min = 1) long driftPeriod,
    @Doc("of the images' files") @OneOf({"jpeg", "png"}) ImageFormat format,
    @Doc("JPEG quality") @Range(min = 0, max = 1) double quality,
    @Doc("smallest object radius") @Range(min = 0.05, max = 1) double minRadius,
    @Doc("largest object radius; no smaller than minRadius") @Range(min = 0.05, max = 1)
        double maxRadius,
    @Doc("how far an object's center may lie from the image's") @Range(min = 0, max = 0.5)
        double place,
    @Doc("how far objects and their textures turn from upright, degrees either way")
        @Range(min = 0, max = 180)
        double turn,
    @Doc("how far colors leave gray: 0 is gray alone, 1 all colors") @Range(min = 0, max = 1)
        double saturation,
    @Doc("least difference in lightness between an object's two colors") @Range(min = 0, max = 0.6)
        double contrast,
    @Doc("strongest fall of light across the image") @Range(min = 0, max = 1) double lighting,
    @Doc("most background objects") @Range(min = 0, max = 100) int clutter,
    @Doc("strongest noise") @Range(min = 0, max = 1) double noise) {
  public SyntheticSettings {
    Allowed.check(
        SyntheticSettings.class,
        seed,
        side,
        shapes,
        textures,
        images,
        heldOut,
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
    inUse("shapes", shapes, SyntheticShape.values().length);
    inUse("textures", textures, SyntheticTexture.values().length);
    if (maxRadius < minRadius) {
      throw new IllegalArgumentException(
          "maxRadius is " + maxRadius + ": expected minRadius (" + minRadius + ") or more");
    }
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

  private static void inUse(String key, int value, int all) {
    if (value < 1 || value > all) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 1 to " + all);
    }
  }
}
