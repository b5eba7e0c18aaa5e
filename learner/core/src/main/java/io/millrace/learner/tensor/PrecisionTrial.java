package io.millrace.learner.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which arithmetic is faster here: one convolution forward and backward in float32 and in bfloat16,
 * each several times, by the median. Processors that compute in bfloat16 gain up to twice, others
 * lose a third.
 */
public final class PrecisionTrial {
  private static final Logger LOG = LoggerFactory.getLogger(PrecisionTrial.class);
  private static final int WARM_UP = 2;
  private static final int ROUNDS = 7;
  private static final int BATCH = 64;
  private static final int CHANNELS = 32;
  private static final int SIDE = 32;

  private final LongSupplier nanos;

  /** By the system's clock. */
  public PrecisionTrial() {
    this(System::nanoTime);
  }

  /**
   * @param nanos tells the time
   */
  public PrecisionTrial(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * Times both and says which it takes; float32 where they are equal.
   *
   * @param engine name of the engine
   * @param options whose precision does not count
   */
  public Precision faster(String engine, EngineOptions options) {
    double single = millis(engine, options, Precision.FLOAT32);
    double half = millis(engine, options, Precision.BF16);
    Precision faster = half < single ? Precision.BF16 : Precision.FLOAT32;
    LOG.info(
        "engine.precision auto takes {}: a convolution forward and backward takes {} ms in float32,"
            + " {} ms in bf16",
        faster,
        Math.round(single * 100) / 100.0,
        Math.round(half * 100) / 100.0);
    return faster;
  }

  private double millis(String name, EngineOptions options, Precision precision) {
    var asked =
        new EngineOptions(options.device(), precision, options.channelsLast(), options.threads());
    var spec =
        new NetworkSpec(
            "trial",
            List.of(CHANNELS, SIDE, SIDE),
            List.of(new Layer.Named("conv", new Layer.Conv2d(CHANNELS, CHANNELS, 3, 1, 1, false))),
            Set.of());
    long[] took = new long[ROUNDS];
    try (Engine engine = Engines.open(name, asked);
        Network network = engine.network(spec)) {
      Initializer.initialize(engine, network, 1);
      for (int round = -WARM_UP; round < ROUNDS; round++) {
        long started = nanos.getAsLong();
        once(engine, network);
        if (round >= 0) {
          took[round] = nanos.getAsLong() - started;
        }
      }
    }
    Arrays.sort(took);
    return took[ROUNDS / 2] / 1e6;
  }

  private static void once(Engine engine, Network network) {
    try (Scope scope = engine.scope()) {
      Tensor x = engine.zeros(BATCH, CHANNELS, SIDE, SIDE).add(1);
      try (Activations out = network.forward(x, Mode.TRAIN)) {
        out.backward(out.output().mul(1e-3), true);
      }
      network.clearGradients();
    } finally {
      engine.stepEnded();
    }
    engine.synchronize();
  }
}
