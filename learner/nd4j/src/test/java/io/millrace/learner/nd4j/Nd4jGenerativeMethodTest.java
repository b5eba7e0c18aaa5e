package io.millrace.learner.nd4j;

import io.millrace.learner.method.generative.GenerativeMethodConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jGenerativeMethodTest extends GenerativeMethodConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
