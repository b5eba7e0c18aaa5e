package io.millrace.learner.augment;

/**
 * A group of views of one size. Probabilities are per view.
 *
 * @param views views of each image, 1 to 64
 * @param size side in pixels, 8 to 1024
 * @param minScale smallest share of the image's area that a crop keeps
 * @param maxScale largest share, at most 1
 * @param flip probability of mirroring
 * @param jitter probability of changing colours
 * @param brightness factor drawn from 1 ± this
 * @param contrast factor drawn from 1 ± this
 * @param saturation factor drawn from 1 ± this
 * @param hue shift drawn from ± this, in turns of the colour circle, at most 0.5
 * @param grey probability of losing colour
 * @param blur probability of Gaussian blur
 * @param blurMinSigma smallest deviation of the blur in pixels
 * @param blurMaxSigma largest deviation of the blur in pixels
 * @param solarize probability of inverting what is brighter than one half
 */
public record ViewSettings(
    int views,
    int size,
    double minScale,
    double maxScale,
    double flip,
    double jitter,
    double brightness,
    double contrast,
    double saturation,
    double hue,
    double grey,
    double blur,
    double blurMinSigma,
    double blurMaxSigma,
    double solarize) {
  public ViewSettings {
    Ranges.whole("views", views, 1, 64);
    Ranges.whole("size", size, 8, 1024);
    Ranges.scales(minScale, maxScale);
    Ranges.probability("flip", flip);
    Ranges.probability("jitter", jitter);
    factor("brightness", brightness, 1);
    factor("contrast", contrast, 1);
    factor("saturation", saturation, 1);
    factor("hue", hue, 0.5);
    Ranges.probability("grey", grey);
    Ranges.probability("blur", blur);
    if (!(blurMinSigma > 0 && blurMinSigma <= 100)) {
      throw new IllegalArgumentException(
          "blurMinSigma is " + blurMinSigma + ": expected over 0, at most 100");
    }
    if (!(blurMaxSigma >= blurMinSigma && blurMaxSigma <= 100)) {
      throw new IllegalArgumentException(
          "blurMaxSigma is "
              + blurMaxSigma
              + ": expected blurMinSigma ("
              + blurMinSigma
              + ") to 100");
    }
    Ranges.probability("solarize", solarize);
  }

  /** Two views of 32 pixels as solo-learn's CIFAR recipes see them. */
  public static ViewSettings defaults() {
    return new ViewSettings(
        2, 32, 0.08, 1.0, 0.5, 0.8, 0.4, 0.4, 0.2, 0.1, 0.2, 0.0, 0.1, 2.0, 0.0);
  }

  /** One view of 32 pixels with colours as they are, what pretext tasks look at. */
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

  /** The same with other strengths of colour jitter. */
  public ViewSettings withColour(
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

  /** The same crops and mirrors with colours, sharpness and tones left as they are. */
  public ViewSettings cropsAlone() {
    var copy = new Copy(this);
    copy.jitter = 0;
    copy.grey = 0;
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
    final double flip;
    double jitter;
    double brightness;
    double contrast;
    double saturation;
    double hue;
    double grey;
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
      grey = of.grey;
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
          grey,
          blur,
          blurMinSigma,
          blurMaxSigma,
          solarize);
    }
  }

  private static void factor(String key, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 to " + most);
    }
  }
}
