package io.millrace.learner.tensor;

import io.millrace.learner.random.KeyedRandom;
import java.util.Arrays;

/**
 * Initial weights, drawn on the host so that every engine starts from the same ones. Convolutions:
 * normal with deviation √(2 / fan-out) (He et al. 2015, as torchvision's ResNets); linear layers
 * and biases: uniform in ±1/√fan-in (PyTorch's default); class token and positions: normal with
 * deviation 0.02 (as timm); normalization: weight 1, bias 0, running mean 0, running variance 1.
 * Draws are keyed by (seed, "init", network.segment).
 */
public final class Initializer {
  private static final double EMBEDDING_DEVIATION = 0.02;

  private Initializer() {}

  /** Writes initial parameters and statistics into a network. */
  public static void initialize(Engine engine, Network network, long seed) {
    SegmentLayout layout = network.layout();
    String name = network.spec().name();
    try (Scope scope = engine.scope()) {
      write(engine, network.parameters(), layout.parameters(), layout.parameterCount(), name, seed);
      write(engine, network.statistics(), layout.statistics(), layout.statisticCount(), name, seed);
    }
  }

  private static void write(
      Engine engine,
      Tensor vector,
      Iterable<Segment> segments,
      long length,
      String network,
      long seed) {
    if (length == 0) {
      return;
    }
    double[] values = new double[Math.toIntExact(length)];
    for (Segment segment : segments) {
      draw(segment, KeyedRandom.of(seed, "init", network + "." + segment.name(), 0), values);
    }
    vector.copyIn(engine.tensor(values, length));
  }

  private static void draw(Segment segment, KeyedRandom random, double[] values) {
    int from = Math.toIntExact(segment.offset());
    int to = Math.toIntExact(segment.offset() + segment.size());
    switch (segment.kind()) {
      case CONV_WEIGHT -> {
        double deviation = Math.sqrt(2.0 / segment.fanOut());
        for (int i = from; i < to; i++) {
          values[i] = deviation * random.nextGaussian();
        }
      }
      case LINEAR_WEIGHT, PROTOTYPES, BIAS -> {
        double bound = 1 / Math.sqrt(segment.fanIn());
        for (int i = from; i < to; i++) {
          values[i] = random.uniform(-bound, bound);
        }
      }
      case EMBEDDING -> {
        for (int i = from; i < to; i++) {
          values[i] = EMBEDDING_DEVIATION * random.nextGaussian();
        }
      }
      case NORM_WEIGHT, RUNNING_VARIANCE -> Arrays.fill(values, from, to, 1);
      case NORM_BIAS, RUNNING_MEAN -> {}
    }
  }
}
