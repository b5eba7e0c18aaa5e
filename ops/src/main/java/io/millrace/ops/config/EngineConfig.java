package io.millrace.ops.config;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Matches;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;

/** Where tensors live. */
public record EngineConfig(
    @Doc("engine's name, such as torch") @Matches(value = ".*\\S.*", expected = "an engine's name")
        String name,
    @Doc("auto, cpu or cuda:N") String device,
    @Doc(
            "arithmetic of networks; auto times a convolution in float32 and bf16 at start and"
                + " takes the faster")
        PrecisionChoice precision,
    @Doc("whether networks keep images channels-last inside") boolean channelsLast,
    @Doc("CPU threads inside one operation; 0 lets the engine choose") int threads) {
  public EngineConfig {
    Allowed.check(EngineConfig.class, name, device, precision, channelsLast, threads);
    EngineOptions checked = new EngineOptions(device, Precision.FLOAT32, channelsLast, threads);
    device = checked.device();
  }

  /**
   * libtorch on the device that is found, in the arithmetic that is faster there, channels-last.
   */
  public static EngineConfig defaults() {
    return new EngineConfig("torch", "auto", PrecisionChoice.AUTO, true, 0);
  }

  /** What the engine is asked for. */
  public EngineOptions options() {
    return new EngineOptions(
        device, precision.of(name, device, channelsLast, threads), channelsLast, threads);
  }
}
