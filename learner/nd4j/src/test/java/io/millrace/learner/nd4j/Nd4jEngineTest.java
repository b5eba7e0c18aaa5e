package io.millrace.learner.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is ND4J's own: what it lacks, GPUs, memory. */
class Nd4jEngineTest {

  @Test
  void tellsWhatRuns() {
    try (Engine engine = TestEngines.nd4j(Precision.FLOAT64)) {
      assertThat(engine.info().engine()).isEqualTo("nd4j");
      assertThat(engine.info().version()).startsWith("1.0.0");
      assertThat(engine.info().device()).isEqualTo("cpu");
      assertThat(engine.info().deviceName()).isNotBlank();
      assertThat(engine.info().capability()).isNotBlank();
      assertThat(engine.info().threads()).isEqualTo(1);
    }
  }

  @Test
  void bothEnginesAreFound() {
    assertThat(Engines.names()).contains("nd4j", "torch");
  }

  @Test
  void runsConvolutionalNetworksAndNamesWhatItLacks() {
    NetworkSpec resnet = ResNets.spec("backbone", "resnet50", ResNets.Stem.LARGE, 0.125, 64);
    try (Engine engine = TestEngines.nd4j(Precision.FLOAT32)) {
      assertThat(resnet.children()).allMatch(child -> engine.supports(child.layer()));
      for (Layer layer :
          List.of(
              new Layer.ConvTranspose2d(1, 1, 1, 1, 0, true),
              new Layer.Linear(1, 1, true),
              new Layer.WeightNormLinear(1, 1),
              new Layer.LeakyRelu(0.1),
              new Layer.Gelu(),
              new Layer.Sigmoid(),
              new Layer.Tanh(),
              new Layer.Flatten(),
              new Layer.ToImage(1, 1, 1),
              new Layer.Upsample(2),
              new Layer.L2Normalize())) {
        assertThat(engine.supports(layer)).as("%s", layer).isTrue();
      }
      var attention = new Layer.SelfAttention(4, 2);
      assertThat(engine.supports(attention)).isFalse();
      assertThat(
              engine.supports(
                  new Layer.Residual(List.of(new Layer.Named("attn", attention)), List.of())))
          .isFalse();
      var spec =
          new NetworkSpec("vit", List.of(4), List.of(new Layer.Named("attn", attention)), Set.of());
      assertThatThrownBy(() -> engine.network(spec))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage("engine nd4j lacks layer vit.attn (SelfAttention); engine torch runs it");
    }
  }

  /** Every byte that a step takes is given back. */
  @Test
  void stepsGiveBackWhatTheyTake() {
    NetworkSpec spec = ResNets.spec("backbone", "resnet18", ResNets.Stem.LARGE, 0.125, 32);
    try (Nd4jEngine engine =
            Nd4jEngine.open(new EngineOptions("cpu", Precision.FLOAT32, false, 1));
        Network network = engine.network(spec);
        Tensor images = engine.zeros(4, 3, 32, 32)) {
      Initializer.initialize(engine, network, 1);
      long before = engine.buffers().used();
      for (int i = 0; i < 3; i++) {
        step(engine, network, images);
        assertThat(engine.buffers().used()).isEqualTo(before);
      }
    }
  }

  @Test
  void aPassThatFailsGivesBackWhatItTook() {
    var spec =
        new NetworkSpec(
            "misfit",
            List.of(3, 8, 8),
            List.of(
                new Layer.Named("conv", new Layer.Conv2d(3, 4, 3, 1, 1, true)),
                new Layer.Named("bn", Layer.BatchNorm.of(4)),
                new Layer.Named("pool", new Layer.GlobalAveragePool()),
                new Layer.Named("fc", new Layer.Linear(5, 2, true))),
            Set.of());
    try (Nd4jEngine engine =
            Nd4jEngine.open(new EngineOptions("cpu", Precision.FLOAT32, false, 1));
        Network network = engine.network(spec);
        Tensor images = engine.zeros(2, 3, 8, 8)) {
      long before = engine.buffers().used();
      for (Mode mode : Mode.values()) {
        assertThatThrownBy(() -> network.forward(images, mode))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("misfit.fc");
        assertThat(engine.buffers().used()).isEqualTo(before);
      }
    }
  }

  private static void step(Engine engine, Network network, Tensor images) {
    try (Scope scope = engine.scope();
        Activations teacher = network.forward(images, Mode.EVAL);
        Activations first = network.forward(images.permute(0, 1, 3, 2), Mode.TRAIN);
        Activations second = network.forward(images, Mode.TRAIN_FROZEN_STATS)) {
      Tensor difference = first.output().sub(teacher.output());
      network.clearGradients();
      first.backward(
          Map.of(Activations.OUTPUT, difference, "layer2", first.tap("layer2")), true, true);
      second.backward(Map.of(Activations.OUTPUT, difference), true, false);
      network.parameters().addIn(-0.01, network.gradients());
      difference.toFloats();
    }
  }
}
