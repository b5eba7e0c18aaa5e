package io.millrace.ops.config;

import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;

/**
 * Where tensors live.
 *
 * @param name engine's name, such as {@code torch}
 * @param device {@code auto}, {@code cpu} or {@code cuda:N}
 * @param precision arithmetic of networks
 * @param channelsLast whether networks keep images channels-last inside
 * @param threads CPU threads inside one operation; 0 lets the engine choose
 */
record EngineConfig(
    String name, String device, Precision precision, boolean channelsLast, int threads) {
  public EngineConfig {
    if (name.isBlank()) {
      throw new IllegalArgumentException(
          "engine.name is '" + name + "': expected an engine's name");
    }
    EngineOptions checked = new EngineOptions(device, precision, channelsLast, threads);
    device = checked.device();
  }

  /** libtorch on whatever device there is, float32, channels-last. */
  public static EngineConfig defaults() {
    return new EngineConfig("torch", "auto", Precision.FLOAT32, true, 0);
  }

  /** What the engine is asked for. */
  EngineOptions options() {
    return new EngineOptions(device, precision, channelsLast, threads);
  }
}
