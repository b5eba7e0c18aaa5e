package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.InitialiserConformance;
import io.millrace.learner.tensor.Precision;

class Nd4jInitialiserTest extends InitialiserConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
