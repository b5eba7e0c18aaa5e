package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.LayerContract;
import io.millrace.learner.tensor.NetworkContract;
import io.millrace.learner.tensor.OperandContract;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ScopeContract;
import io.millrace.learner.tensor.TensorContract;
import org.junit.jupiter.api.Nested;

/** The engine conformance suite on ND4J. */
class Nd4jContractTest {

  @Nested
  class Tensors extends TensorContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.skipping(precision);
    }
  }

  @Nested
  class SingleTensors extends TensorContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.skipping(precision);
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
      return TestEngines.skipping(precision);
    }
  }

  @Nested
  class SingleOperands extends OperandContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.skipping(precision);
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
      return TestEngines.skipping(precision);
    }
  }

  @Nested
  class Layers extends LayerContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.skipping(precision);
    }
  }

  @Nested
  class Networks extends NetworkContract {
    @Override
    protected Engine open(Precision precision) {
      return TestEngines.skipping(precision);
    }

    @Override
    protected boolean hasHalfPrecision() {
      return false;
    }
  }
}
