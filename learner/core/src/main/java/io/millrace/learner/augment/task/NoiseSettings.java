package io.millrace.learner.augment.task;

/**
 * Noise on a normalised view.
 *
 * @param gaussian deviation of the normal noise added, in deviations of a channel, 0 to 10
 * @param masked probability of a pixel to become the mean colour, 0 up to but not 1
 */
public record NoiseSettings(double gaussian, double masked) {
  public NoiseSettings {
    if (!(gaussian >= 0 && gaussian <= 10)) {
      throw new IllegalArgumentException("gaussian is " + gaussian + ": expected 0 to 10");
    }
    if (!(masked >= 0 && masked < 1)) {
      throw new IllegalArgumentException("masked is " + masked + ": expected 0 up to but not 1");
    }
    if (gaussian == 0 && masked == 0) {
      throw new IllegalArgumentException("gaussian and masked are 0: expected one of them over 0");
    }
  }

  /** A quarter of the pixels masked (Vincent et al. 2008), normal noise of half a deviation. */
  public static NoiseSettings defaults() {
    return new NoiseSettings(0.5, 0.25);
  }
}
