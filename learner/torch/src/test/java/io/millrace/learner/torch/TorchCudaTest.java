package io.millrace.learner.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.LayerContract;
import io.millrace.learner.tensor.NetworkContract;
import io.millrace.learner.tensor.OperandContract;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ScopeContract;
import io.millrace.learner.tensor.TensorContract;
import io.millrace.learner.testing.EngineUnderTest;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contracts of the engine port on the first GPU. */
@Tag("gpu")
class TorchCudaTest implements EngineUnderTest {

  @BeforeAll
  static void requireGpu() {
    Native.prepare();
    assumeTrue(torch.cuda_is_available(), "no CUDA device answers (build with -Pcuda)");
  }

  @Override
  public Engine open(Precision precision) {
    return gpu(precision, false);
  }

  private static Engine gpu(Precision precision, boolean channelsLast) {
    return Engines.open("torch", new EngineOptions("cuda:0", precision, channelsLast, 0));
  }

  @Test
  void autoTakesTheGpu() {
    try (Engine engine =
        Engines.open("torch", new EngineOptions("auto", Precision.FLOAT32, false, 0))) {
      assertThat(engine.info().device()).isEqualTo("cuda:0");
      assertThat(engine.info().deviceName()).isNotBlank();
      assertThat(engine.info().capability()).matches("\\d+\\.\\d+");
      engine.synchronize();
    }
  }

  @Nested
  class Tensors extends TensorContract {}

  @Nested
  class Operands extends OperandContract {}

  @Nested
  class Scopes extends ScopeContract {}

  @Nested
  class Layers extends LayerContract {
    /** Convolutions may round their operands to 10 bits there. */
    @Override
    protected double singleTolerance() {
      return 1e-2;
    }
  }

  @Nested
  class Networks extends NetworkContract {
    @Override
    protected boolean bitwiseRepeatable() {
      return false;
    }
  }

  @Nested
  class ChannelsLastNetworks extends NetworkContract {
    @Override
    protected Engine open(Precision precision) {
      return gpu(precision, true);
    }

    @Override
    protected boolean bitwiseRepeatable() {
      return false;
    }
  }
}
