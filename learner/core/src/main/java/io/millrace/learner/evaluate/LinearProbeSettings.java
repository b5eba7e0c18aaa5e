package io.millrace.learner.evaluate;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;

/**
 * How a linear probe is trained. The defaults are those of linear evaluation as solo-learn and
 * lightly run it: SGD with momentum 0.9, a rate of 0.1 for batches of 256 that falls to 0 along
 * half a cosine, 100 passes, no weight decay.
 */
public record LinearProbeSettings(
    @Doc("passes over the labeled images") @Range(min = 1, max = 10_000) int epochs,
    @Doc("images of one update") @Range(min = 1, max = 65_536) int batchSize,
    @Doc("first rate for batches of 256; others in proportion") @Range(over = 0, max = 100)
        double learningRate,
    @Doc("λ of the L2 penalty λ/2 · ‖W‖²") @Range(min = 0, max = 1) double weightDecay) {
  public LinearProbeSettings {
    Allowed.check(LinearProbeSettings.class, epochs, batchSize, learningRate, weightDecay);
  }

  /** 100 passes in batches of 256 at 0.1, without weight decay. */
  public static LinearProbeSettings defaults() {
    return new LinearProbeSettings(100, 256, 0.1, 0);
  }
}
