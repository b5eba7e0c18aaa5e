package io.millrace.learner.augment;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** A group of views of one size. Probabilities are per view. */
public record ViewSettings(
    @Doc("views of each image") @Range(min = 1, max = 64) int views,
    @Doc("side in pixels") @Range(min = 8, max = 1024) int size,
    @Doc("smallest share of the image's area that a crop keeps") @Range(over = 0, max = 1)
        double minScale,
    @Doc("largest share") @Range(over = 0, max = 1) double maxScale,
    @Doc("probability of mirroring") @Range(min = 0, max = 1) double flip,
    @Doc("probability of changing colors") @Range(min = 0, max = 1) double jitter,
    @Doc("factor drawn from 1 ± this") @Range(min = 0, max = 1) double brightness,
    @Doc("factor drawn from 1 ± this") @Range(min = 0, max = 1) double contrast,
    @Doc("factor drawn from 1 ± this") @Range(min = 0, max = 1) double saturation,
    @Doc("shift drawn from ± this, in turns of the color circle") @Range(min = 0, max = 0.5)
        double hue,
    @Doc("probability of losing color") @Range(min = 0, max = 1) double gray,
    @Doc("probability of Gaussian blur") @Range(min = 0, max = 1) double blur,
    @Doc("smallest deviation of the blur in pixels") @Range(over = 0, max = 100)
        double blurMinSigma,
    @Doc("largest deviation of the blur in pixels") @Range(over = 0, max = 100) double blurMaxSigma,
    @Doc("probability of inverting what is brighter than one half") @Range(min = 0, max = 1)
        double solarize) {
  public ViewSettings {
    Allowed.check(
        ViewSettings.class,
        views,
        size,
        minScale,
        maxScale,
        flip,
        jitter,
        brightness,
        contrast,
        saturation,
        hue,
        gray,
        blur,
        blurMinSigma,
        blurMaxSigma,
        solarize);
    Ranges.scales(minScale, maxScale);
    if (blurMaxSigma < blurMinSigma) {
      throw new IllegalArgumentException(
          "blurMaxSigma is "
              + blurMaxSigma
              + ": expected blurMinSigma ("
              + blurMinSigma
              + ") or more");
    }
  }

  /** Two views of 32 pixels as solo-learn's CIFAR recipes see them. */
  public static ViewSettings defaults() {
    return new ViewSettings(
        2, 32, 0.08, 1.0, 0.5, 0.8, 0.4, 0.4, 0.2, 0.1, 0.2, 0.0, 0.1, 2.0, 0.0);
  }

  /** One view of 32 pixels with colors as they are, what pretext tasks look at. */
  public static ViewSettings plain(double minScale) {
    return new ViewSettings(1, 32, minScale, 1.0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0.1, 2.0, 0);
  }

  /** The same with another number of views of each image. */
  public ViewSettings withViews(int views) {
    var copy = new Copy(this);
    copy.views = views;
    return copy.settings();
  }

  /** The same with another size. */
  public ViewSettings withSize(int size) {
    var copy = new Copy(this);
    copy.size = size;
    return copy.settings();
  }

  /** The same with another range of crop areas. */
  public ViewSettings withScale(double minScale, double maxScale) {
    var copy = new Copy(this);
    copy.minScale = minScale;
    copy.maxScale = maxScale;
    return copy.settings();
  }

  /** The same with another probability of mirroring. */
  public ViewSettings withFlip(double flip) {
    var copy = new Copy(this);
    copy.flip = flip;
    return copy.settings();
  }

  /** The same with other strengths of color jitter. */
  public ViewSettings withColor(
      double jitter, double brightness, double contrast, double saturation, double hue) {
    var copy = new Copy(this);
    copy.jitter = jitter;
    copy.brightness = brightness;
    copy.contrast = contrast;
    copy.saturation = saturation;
    copy.hue = hue;
    return copy.settings();
  }

  /** The same with another probability of solarization. */
  public ViewSettings withSolarize(double solarize) {
    var copy = new Copy(this);
    copy.solarize = solarize;
    return copy.settings();
  }

  /** The same crops and mirrors with colors, sharpness and tones left as they are. */
  public ViewSettings cropsAlone() {
    var copy = new Copy(this);
    copy.jitter = 0;
    copy.gray = 0;
    copy.blur = 0;
    copy.solarize = 0;
    return copy.settings();
  }

  /** All components, some about to be others. */
  private static final class Copy {
    int views;
    int size;
    double minScale;
    double maxScale;
    double flip;
    double jitter;
    double brightness;
    double contrast;
    double saturation;
    double hue;
    double gray;
    double blur;
    final double blurMinSigma;
    final double blurMaxSigma;
    double solarize;

    Copy(ViewSettings of) {
      views = of.views;
      size = of.size;
      minScale = of.minScale;
      maxScale = of.maxScale;
      flip = of.flip;
      jitter = of.jitter;
      brightness = of.brightness;
      contrast = of.contrast;
      saturation = of.saturation;
      hue = of.hue;
      gray = of.gray;
      blur = of.blur;
      blurMinSigma = of.blurMinSigma;
      blurMaxSigma = of.blurMaxSigma;
      solarize = of.solarize;
    }

    ViewSettings settings() {
      return new ViewSettings(
          views,
          size,
          minScale,
          maxScale,
          flip,
          jitter,
          brightness,
          contrast,
          saturation,
          hue,
          gray,
          blur,
          blurMinSigma,
          blurMaxSigma,
          solarize);
    }
  }
}
