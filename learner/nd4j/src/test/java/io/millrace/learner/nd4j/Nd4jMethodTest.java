package io.millrace.learner.nd4j;

import io.millrace.learner.method.MethodConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jMethodTest extends MethodConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
