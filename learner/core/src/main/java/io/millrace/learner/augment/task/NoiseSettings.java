package io.millrace.learner.augment.task;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/** Noise on a normalized view. */
public record NoiseSettings(
    @Doc("deviation of the normal noise added, in deviations of a channel")
        @Range(min = 0, max = 10)
        double gaussian,
    @Doc("probability of a pixel to become the mean color") @Range(min = 0, under = 1)
        double masked) {
  public NoiseSettings {
    Allowed.check(NoiseSettings.class, gaussian, masked);
    if (gaussian == 0 && masked == 0) {
      throw new IllegalArgumentException("gaussian and masked are 0: expected one of them over 0");
    }
  }

  /** A quarter of the pixels masked (Vincent et al. 2008), normal noise of half a deviation. */
  public static NoiseSettings defaults() {
    return new NoiseSettings(0.5, 0.25);
  }
}
