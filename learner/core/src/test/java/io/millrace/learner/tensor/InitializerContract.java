package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.testing.ScopedContract;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Initial weights: their distribution and what they depend on. */
public abstract class InitializerContract extends ScopedContract {
  private static NetworkSpec spec(String name) {
    return new NetworkSpec(
        name,
        List.of(3, 8, 8),
        List.of(
            new Layer.Named("conv", new Layer.Conv2d(3, 64, 5, 1, 2, false)),
            new Layer.Named("bn", Layer.BatchNorm.of(64)),
            new Layer.Named("pool", new Layer.GlobalAveragePool()),
            new Layer.Named("fc", new Layer.Linear(64, 100, true))),
        Set.of());
  }

  @Test
  void drawsEachKindFromItsDistribution() {
    try (Network network = engine.network(spec("net"))) {
      Initializer.initialize(engine, network, 7);
      double[] conv = segment(network, "conv.weight");
      double variance = Arrays.stream(conv).map(x -> x * x).average().orElseThrow();
      assertThat(variance).isCloseTo(2.0 / (64 * 25), within(0.1 * 2.0 / (64 * 25)));
      assertThat(Arrays.stream(conv).average().orElseThrow()).isCloseTo(0, within(0.002));
      for (String name : List.of("fc.weight", "fc.bias")) {
        double[] fc = segment(network, name);
        assertThat(Arrays.stream(fc).map(Math::abs).max().orElseThrow())
            .isLessThanOrEqualTo(0.125)
            .isGreaterThan(0.12);
      }
      assertThat(segment(network, "bn.weight")).containsOnly(1.0);
      assertThat(segment(network, "bn.bias")).containsOnly(0.0);
      double[] statistics = network.statistics().toDoubles();
      assertThat(Arrays.copyOf(statistics, 64)).containsOnly(0.0);
      assertThat(Arrays.copyOfRange(statistics, 64, 128)).containsOnly(1.0);
    }
  }

  @Test
  void dependsOnSeedAndNameAlone() {
    double[] first = drawn("net", 7);
    assertThat(drawn("net", 7)).isEqualTo(first);
    assertThat(drawn("net", 8)).isNotEqualTo(first);
    assertThat(drawn("other", 7)).isNotEqualTo(first);
  }

  private double[] drawn(String name, long seed) {
    try (Network network = engine.network(spec(name))) {
      Initializer.initialize(engine, network, seed);
      return segment(network, "conv.weight");
    }
  }

  private static double[] segment(Network network, String name) {
    Segment segment =
        network.layout().parameters().stream()
            .filter(s -> s.name().equals(name))
            .findFirst()
            .orElseThrow();
    long from = segment.offset();
    return network.parameters().slice(0, from, from + segment.size()).toDoubles();
  }
}
