package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.testing.EngineContracts;

/** Every contract on ND4J; what needs a layer that the engine lacks is skipped. */
class Nd4jContractTest extends EngineContracts {
  @Override
  public Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }

  @Override
  public boolean hasHalfPrecision() {
    return false;
  }
}
