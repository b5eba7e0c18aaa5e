package io.millrace.ops.config;

import io.millrace.ingest.settings.Spelling;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.PrecisionTrial;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Arithmetic of networks as it is configured. */
public enum PrecisionChoice {
  /** Whichever of float32 and bf16 a trial at start finds faster, once for a process. */
  AUTO,
  FLOAT32,
  BF16,
  FLOAT64;

  private static final Map<String, Precision> FOUND = new ConcurrentHashMap<>();

  /**
   * The precision it comes to; with {@link #AUTO} the first call for an engine and device takes the
   * trial's time.
   */
  Precision of(String engine, String device, boolean channelsLast, int threads) {
    if (this != AUTO) {
      return Precision.valueOf(name());
    }
    var options = new EngineOptions(device, Precision.FLOAT32, channelsLast, threads);
    return FOUND.computeIfAbsent(
        engine + " " + options, key -> new PrecisionTrial().faster(engine, options));
  }

  /** As it is written in configurations. */
  @Override
  public String toString() {
    return Spelling.of(this);
  }
}
