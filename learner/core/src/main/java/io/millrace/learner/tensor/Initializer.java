package io.millrace.learner.tensor;

import io.millrace.learner.random.KeyedRandom;
import java.util.Arrays;
import java.util.List;

/**
 * Initial weights, drawn on the host so that every engine starts from the same ones. Convolutions:
 * normal with deviation √(2 / fan-out) (He et al. 2015, as torchvision's ResNets); linear layers
 * and biases: uniform in ±1/√fan-in (PyTorch's default); class token and positions: normal with
 * deviation 0.02 (as timm); normalization: weight 1, bias 0, running mean 0, running variance 1. A
 * transformer, known by its positions, starts as timm's: linear layers normal with deviation 0.02
 * (timm cuts at ±2, a hundred deviations), biases 0, the convolution over patches uniform in
 * ±1/√fan-in. Draws are keyed by (seed, "init", network.segment).
 */
public final class Initializer {
  private static final double TRANSFORMER_DEVIATION = 0.02;

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

  /**
   * The same, and the last normalization of each residual block begins at weight 0, so that a block
   * is the identity at first (Goyal et al. 2017, torchvision's {@code zero_init_residual}).
   */
  public static void initializeWithIdleBlocks(Engine engine, Network network, long seed) {
    initialize(engine, network, seed);
    for (Segment segment : ResNets.lastNorms(network.layout())) {
      long from = segment.offset();
      network.parameters().slice(0, from, from + segment.size()).fillIn(0);
    }
  }

  private static void write(
      Engine engine,
      Tensor vector,
      List<Segment> segments,
      long length,
      String network,
      long seed) {
    if (length == 0) {
      return;
    }
    double[] values = new double[Math.toIntExact(length)];
    boolean transformer = segments.stream().anyMatch(s -> s.kind() == Segment.Kind.EMBEDDING);
    for (Segment segment : segments) {
      KeyedRandom random = KeyedRandom.of(seed, "init", network + "." + segment.name(), 0);
      if (transformer) {
        drawAsTimm(segment, random, values);
      } else {
        draw(segment, random, values);
      }
    }
    vector.copyIn(engine.tensor(values, length));
  }

  private static void drawAsTimm(Segment segment, KeyedRandom random, double[] values) {
    int from = Math.toIntExact(segment.offset());
    int to = Math.toIntExact(segment.offset() + segment.size());
    switch (segment.kind()) {
      case CONV_WEIGHT -> uniform(segment, random, values);
      case LINEAR_WEIGHT -> {
        for (int i = from; i < to; i++) {
          values[i] = TRANSFORMER_DEVIATION * random.nextGaussian();
        }
      }
      case BIAS -> {}
      default -> draw(segment, random, values);
    }
  }

  /** Between ±1/√fan-in. */
  private static void uniform(Segment segment, KeyedRandom random, double[] values) {
    double bound = 1 / Math.sqrt(segment.fanIn());
    int from = Math.toIntExact(segment.offset());
    for (int i = from; i < from + segment.size(); i++) {
      values[i] = random.uniform(-bound, bound);
    }
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
      case LINEAR_WEIGHT, PROTOTYPES, BIAS -> uniform(segment, random, values);
      case EMBEDDING -> {
        for (int i = from; i < to; i++) {
          values[i] = TRANSFORMER_DEVIATION * random.nextGaussian();
        }
      }
      case NORM_WEIGHT, RUNNING_VARIANCE -> Arrays.fill(values, from, to, 1);
      case NORM_BIAS, RUNNING_MEAN -> {}
    }
  }
}
