package io.millrace.learner.augment;

/**
 * A group of views of one size. Probabilities are per view.
 *
 * @param views views of each image, 1 to 16
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
    if (views < 1 || views > 16) {
      throw new IllegalArgumentException("views is " + views + ": expected 1 to 16");
    }
    if (size < 8 || size > 1024) {
      throw new IllegalArgumentException("size is " + size + ": expected 8 to 1024");
    }
    if (!(minScale > 0 && minScale <= 1)) {
      throw new IllegalArgumentException(
          "minScale is " + minScale + ": expected over 0, at most 1");
    }
    if (!(maxScale >= minScale && maxScale <= 1)) {
      throw new IllegalArgumentException(
          "maxScale is " + maxScale + ": expected minScale (" + minScale + ") to 1");
    }
    probability("flip", flip);
    probability("jitter", jitter);
    factor("brightness", brightness, 1);
    factor("contrast", contrast, 1);
    factor("saturation", saturation, 1);
    factor("hue", hue, 0.5);
    probability("grey", grey);
    probability("blur", blur);
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
    probability("solarize", solarize);
  }

  /** Two views of 32 pixels as solo-learn's CIFAR recipes see them. */
  public static ViewSettings defaults() {
    return new ViewSettings(
        2, 32, 0.08, 1.0, 0.5, 0.8, 0.4, 0.4, 0.2, 0.1, 0.2, 0.0, 0.1, 2.0, 0.0);
  }

  /** The same with another number of views of each image. */
  public ViewSettings withViews(int views) {
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

  /** The same with another size. */
  public ViewSettings withSize(int size) {
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

  /** The same with another range of crop areas. */
  public ViewSettings withScale(double minScale, double maxScale) {
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

  /** The same with other strengths of colour jitter. */
  public ViewSettings withColour(
      double jitter, double brightness, double contrast, double saturation, double hue) {
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

  /** The same with another probability of solarization. */
  public ViewSettings withSolarize(double solarize) {
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

  private static void probability(String key, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new IllegalArgumentException(key + " is " + p + ": expected 0 to 1");
    }
  }

  private static void factor(String key, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 to " + most);
    }
  }
}
