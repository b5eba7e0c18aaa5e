package io.millrace.learner.tensor;

import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which arithmetic is faster here: one convolution forward and backward in float32 and in bfloat16
 * in turns, several times, by the shortest of each. Devices with instructions for bfloat16 gain up
 * to twice; those without lose, up to thirteen times, and are not tried.
 */
public final class PrecisionTrial {
  private static final Logger LOG = LoggerFactory.getLogger(PrecisionTrial.class);
  private static final int WARM_UP = 2;
  private static final int ROUNDS = 7;
  private static final int BATCH = 64;
  private static final int CHANNELS = 32;
  private static final int SIDE = 32;

  private final LongSupplier nanos;
  private final Predicate<Engine> mayGain;

  /** By the system's clock, where the device has instructions for bfloat16. */
  public PrecisionTrial() {
    this(System::nanoTime, Engine::computesInBfloat16);
  }

  /**
   * @param nanos tells the time
   * @param mayGain whether bfloat16 is worth a trial
   */
  public PrecisionTrial(LongSupplier nanos, Predicate<Engine> mayGain) {
    this.nanos = nanos;
    this.mayGain = mayGain;
  }

  /**
   * Times both and says which it takes; float32 where they are equal.
   *
   * @param engine name of the engine
   * @param options whose precision does not count
   */
  public Precision faster(String engine, EngineOptions options) {
    try (var one = new Convolution(engine, options, Precision.FLOAT32)) {
      if (!mayGain.test(one.engine)) {
        LOG.info(
            "engine.precision auto takes FLOAT32: {} has no instructions for bf16",
            one.engine.info().deviceName());
        return Precision.FLOAT32;
      }
      try (var other = new Convolution(engine, options, Precision.BF16)) {
        return faster(one, other);
      }
    }
  }

  private Precision faster(Convolution one, Convolution other) {
    // What else the machine does only ever adds time: the shortest of rounds in turns says most.
    long fastest32 = Long.MAX_VALUE;
    long fastest16 = Long.MAX_VALUE;
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      long of32 = time(one);
      long of16 = time(other);
      if (round >= 0) {
        fastest32 = Math.min(fastest32, of32);
        fastest16 = Math.min(fastest16, of16);
      }
    }
    Precision faster = fastest16 < fastest32 ? Precision.BF16 : Precision.FLOAT32;
    LOG.info(
        "engine.precision auto takes {}: a convolution forward and backward takes {} ms in float32,"
            + " {} ms in bf16",
        faster,
        Math.round(fastest32 / 1e4) / 100.0,
        Math.round(fastest16 / 1e4) / 100.0);
    return faster;
  }

  private long time(Convolution convolution) {
    long started = nanos.getAsLong();
    convolution.once();
    return nanos.getAsLong() - started;
  }

  /** One convolution on an engine of its own. */
  private static final class Convolution implements AutoCloseable {
    private final Engine engine;
    private final Network network;

    Convolution(String name, EngineOptions options, Precision precision) {
      engine =
          Engines.open(
              name,
              new EngineOptions(
                  options.device(), precision, options.channelsLast(), options.threads()));
      network =
          engine.network(
              new NetworkSpec(
                  "trial",
                  List.of(CHANNELS, SIDE, SIDE),
                  List.of(
                      new Layer.Named(
                          "conv", new Layer.Conv2d(CHANNELS, CHANNELS, 3, 1, 1, false))),
                  Set.of()));
      Initializer.initialize(engine, network, 1);
    }

    void once() {
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

    @Override
    public void close() {
      network.close();
      engine.close();
    }
  }
}
