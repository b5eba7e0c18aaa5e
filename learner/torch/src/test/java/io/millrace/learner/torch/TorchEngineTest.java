package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** What is libtorch's own: devices, threads, errors. */
class TorchEngineTest {

  @Test
  void tellsWhatRuns() {
    try (Engine engine = TestEngines.cpu(Precision.BF16)) {
      EngineInfo info = engine.info();
      assertThat(info.engine()).isEqualTo("torch");
      assertThat(info.version()).startsWith("2.10.0");
      assertThat(info.device()).isEqualTo("cpu");
      assertThat(info.deviceName()).isNotBlank();
      assertThat(info.capability()).isNotBlank();
      assertThat(info.precision()).isEqualTo(Precision.BF16);
      assertThat(info.threads()).isPositive();
    }
  }

  @Test
  void askingForAGpuThatIsNotThereSaysWhatToDo() {
    assertThatThrownBy(
            () -> Engines.open("torch", new EngineOptions("cuda:31", Precision.FLOAT32, false, 0)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cuda:31");
    assumeFalse(torch.hasCUDA(), "libtorch was built with CUDA");
    assertThatThrownBy(
            () -> Engines.open("torch", new EngineOptions("cuda:0", Precision.FLOAT32, false, 0)))
        .hasMessageContaining("cuda:0")
        .hasMessageContaining("CPU alone")
        .hasMessageContaining("-Pcuda");
    try (Engine engine =
        Engines.open("torch", new EngineOptions("auto", Precision.FLOAT32, false, 0))) {
      assertThat(engine.info().device()).isEqualTo("cpu");
    }
  }

  @Test
  void threadsAreSetOnEveryThreadThatComputes() {
    try (Engine engine =
        Engines.open("torch", new EngineOptions("cpu", Precision.FLOAT32, false, 1))) {
      assertThat(engine.info().threads()).isEqualTo(1);
      assertThat(CompletableFuture.supplyAsync(torch::get_num_threads).join()).isEqualTo(1);
    }
    try (Engine engine =
        Engines.open("torch", new EngineOptions("cpu", Precision.FLOAT32, false, 3))) {
      assertThat(engine.info().threads()).isEqualTo(3);
    }
    try (Engine first = TestEngines.cpu(Precision.FLOAT32);
        Engine second = TestEngines.cpu(Precision.FLOAT32)) {
      assertThat(second.info().threads()).isEqualTo(first.info().threads()).isPositive();
    }
  }

  /**
   * Where this fails, the process dies: oneDNN writes beyond a buffer (see {@code LayerCompiler}).
   */
  @Test
  void stridedPointwiseConvolutionsOfFewChannelsStayInBounds() {
    var spec =
        new NetworkSpec(
            "down",
            List.of(4, 6, 6),
            List.of(new Layer.Named("c", new Layer.Conv2d(4, 8, 1, 2, 0, false))),
            Set.of());
    try (Engine engine =
            Engines.open("torch", new EngineOptions("cpu", Precision.FLOAT32, true, 1));
        Network network = engine.network(spec)) {
      for (int i = 0; i < 300; i++) {
        try (Scope scope = engine.scope();
            Activations pass = network.forward(engine.zeros(4, 4, 6, 6), Mode.TRAIN)) {
          pass.backward(pass.output().copy(), true);
        }
      }
      assertThat(network.gradients().toFloats()).containsOnly(0);
    }
  }

  @Test
  void nativeErrorsAreOneLine() {
    var spec =
        new NetworkSpec(
            "odd",
            List.of(2),
            List.of(new Layer.Named("pool", new Layer.GlobalAveragePool())),
            Set.of());
    try (Engine engine = TestEngines.cpu(Precision.FLOAT32);
        Scope scope = engine.scope();
        Network network = engine.network(spec)) {
      Tensor x = engine.zeros(3, 2);
      assertThatThrownBy(() -> network.forward(x, Mode.EVAL))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("layer odd.pool on [3, 2]: ")
          .message()
          .hasLineCount(1);
    }
  }

  @Test
  void changingWhatABackwardPassNeedsIsRefused() {
    var spec =
        new NetworkSpec(
            "fc",
            List.of(2),
            List.of(
                new Layer.Named("a", new Layer.Linear(2, 2, true)),
                new Layer.Named("b", new Layer.Linear(2, 2, true))),
            Set.of());
    try (Engine engine = TestEngines.cpu(Precision.FLOAT32);
        Scope scope = engine.scope();
        Network network = engine.network(spec);
        Activations pass = network.forward(engine.zeros(3, 2), Mode.TRAIN)) {
      network.parameters().fillIn(1);
      Tensor gradient = engine.zeros(3, 2);
      assertThatThrownBy(() -> pass.backward(gradient, false))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("network fc")
          .hasMessageContaining("inplace")
          .message()
          .hasLineCount(1);
    }
  }

  @Test
  void passesLeaveTheThreadAsItWas() {
    var spec =
        new NetworkSpec(
            "fc",
            List.of(2),
            List.of(new Layer.Named("a", new Layer.Linear(2, 2, true))),
            Set.of());
    try (Engine engine = TestEngines.cpu(Precision.BF16);
        Scope scope = engine.scope();
        Network network = engine.network(spec)) {
      for (boolean recording : new boolean[] {true, false}) {
        GradMode.set_enabled(recording);
        try {
          network.forward(engine.zeros(3, 2), Mode.EVAL).close();
          network.forward(engine.zeros(3, 2), Mode.TRAIN).close();
          assertThat(GradMode.is_enabled()).isEqualTo(recording);
          assertThat(torch.is_autocast_enabled(torch.DeviceType.CPU)).isFalse();
        } finally {
          GradMode.set_enabled(true);
        }
      }
    }
  }
}
