package io.millrace.learner.nd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which GPUs are let in. Runs without one, in the build for the CPU and in {@code -Pnd4j-cuda}. */
class CudaGateTest {

  @Test
  void aGpuThatTheBinaryHasCodeForIsLetIn() {
    CudaGate.require("auto", List.of("8.6", "3.7"));
    CudaGate.require("cuda:0", List.of("7.5"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.5", "8.9", "9.0", "10.0", "12.0", "[N/A]"})
  void anotherIsRefused(String capability) {
    assertThatThrownBy(() -> CudaGate.require("auto", List.of("8.6", capability)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "the GPU has compute capability "
                + capability
                + ": nd4j-cuda-11.6 holds code for 3.7 to 8.6 alone. Use engine torch");
  }

  @Test
  void noGpuAndTheCpuAreRefused() {
    assertThatThrownBy(() -> CudaGate.require("auto", List.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("engine.device is 'auto': nvidia-smi tells of no GPU")
        .hasMessageContaining("Use engine torch");
    assertThatThrownBy(() -> CudaGate.require("cpu", List.of("8.6")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("engine.device is 'cpu'")
        .hasMessageContaining("engine torch");
  }

  @Test
  void anotherThanTheFirstIsRefused() {
    assertThatThrownBy(() -> CudaGate.require("cuda:1", List.of("8.6", "8.6")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("engine.device is 'cuda:1': engine nd4j runs on cuda:0 alone")
        .hasMessageContaining("CUDA_VISIBLE_DEVICES");
  }

  @Test
  void aBuildForTheCpuRefusesAGpu() {
    assumeThat(CudaGate.isCudaBuild()).as("built with -Pnd4j-cuda").isFalse();
    assertThatThrownBy(() -> open("cuda:0"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("-Pnd4j-cuda");
  }

  /** As text, before any native code is loaded, which would fail in its own way. */
  @ParameterizedTest
  @ValueSource(strings = {"auto", "cuda:0", "cpu"})
  void aBuildForGpusSaysThatThereIsNone(String device) {
    assumeThat(CudaGate.isCudaBuild()).as("built with -Pnd4j-cuda").isTrue();
    assumeThat(CudaGate.capabilities()).as("GPUs here").isEmpty();
    assertThatThrownBy(() -> open(device))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Use engine torch")
        .hasNoCause();
    assertThat(Engines.names()).contains("nd4j", "torch");
  }

  private static void open(String device) {
    Engines.open("nd4j", new EngineOptions(device, Precision.FLOAT32, false, 1)).close();
  }
}
