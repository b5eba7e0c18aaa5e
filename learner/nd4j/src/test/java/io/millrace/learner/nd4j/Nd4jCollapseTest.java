package io.millrace.learner.nd4j;

import io.millrace.learner.method.CollapseConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jCollapseTest extends CollapseConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
