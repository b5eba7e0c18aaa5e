package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.testing.ScopedContract;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  void aTransformerStartsAsTimms() {
    NetworkSpec vit = VisionTransformers.spec("vit", "vit-tiny", 1, 1, 4, 16);
    try (Network network = engine.network(vit)) {
      Initializer.initialize(engine, network, 7);
      for (String name : List.of("blocks.0.attn.qkv.weight", "blocks.0.mlp.fc1.weight")) {
        double[] linear = segment(network, name);
        double variance = Arrays.stream(linear).map(x -> x * x).average().orElseThrow();
        assertThat(Math.sqrt(variance)).as(name).isCloseTo(0.02, within(0.0005));
      }
      for (Segment segment : network.layout().parameters()) {
        if (segment.name().endsWith("bias")) {
          assertThat(segment(network, segment.name())).as(segment.name()).containsOnly(0.0);
        }
      }
      double bound = 1 / Math.sqrt(3 * 16);
      assertThat(Arrays.stream(segment(network, "patch_embed.proj.weight")).max().orElseThrow())
          .isBetween(0.95 * bound, bound);
    }
  }

  /** torchvision's zero_init_residual: bn2 of basic blocks, bn3 of bottlenecks. */
  @ParameterizedTest
  @CsvSource({"resnet18, bn2, 8", "resnet50, bn3, 16"})
  void idleBlocksAddNothingAtFirst(String architecture, String last, int blocks) {
    NetworkSpec spec = ResNets.spec("net", architecture, ResNets.Stem.SMALL, 0.125, 8);
    try (Network network = engine.network(spec);
        Network plain = engine.network(spec)) {
      Initializer.initializeWithIdleBlocks(engine, network, 7);
      Initializer.initialize(engine, plain, 7);
      int idle = 0;
      for (Segment segment : network.layout().parameters()) {
        String name = segment.name();
        if (name.startsWith("layer") && name.endsWith("." + last + ".weight")) {
          assertThat(segment(network, name)).as(name).containsOnly(0.0);
          idle++;
        } else {
          assertThat(segment(network, name)).as(name).isEqualTo(segment(plain, name));
        }
      }
      assertThat(idle).isEqualTo(blocks);
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
