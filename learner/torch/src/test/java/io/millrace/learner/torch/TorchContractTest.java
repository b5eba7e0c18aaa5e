package io.millrace.learner.torch;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.LayerContract;
import io.millrace.learner.tensor.NetworkContract;
import io.millrace.learner.tensor.OperandContract;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ScopeContract;
import io.millrace.learner.tensor.TensorContract;
import org.junit.jupiter.api.Nested;

/** The engine conformance suite on libtorch. */
class TorchContractTest {

  @Nested
  class Tensors extends TensorContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.cpu(precision);
    }
  }

  @Nested
  class SingleTensors extends TensorContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.cpu(precision);
    }

    @Override
    protected Precision precision() {
      return Precision.FLOAT32;
    }
  }

  @Nested
  class Operands extends OperandContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.cpu(precision);
    }
  }

  @Nested
  class SingleOperands extends OperandContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.cpu(precision);
    }

    @Override
    protected Precision precision() {
      return Precision.FLOAT32;
    }
  }

  @Nested
  class Scopes extends ScopeContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.cpu(precision);
    }
  }

  @Nested
  class Layers extends LayerContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.cpu(precision);
    }
  }

  @Nested
  class Networks extends NetworkContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.cpu(precision);
    }
  }

  @Nested
  class ChannelsLastLayers extends LayerContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.channelsLast(precision);
    }
  }

  @Nested
  class ChannelsLastNetworks extends NetworkContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.channelsLast(precision);
    }
  }

  @Nested
  class OneThreadChannelsLastNetworks extends NetworkContract {
    @Override
    protected Engine open(Precision precision) {
      return Engines.open("torch", new EngineOptions("cpu", precision, true, 1));
    }
  }
}
