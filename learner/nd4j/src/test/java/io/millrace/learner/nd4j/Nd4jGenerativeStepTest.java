package io.millrace.learner.nd4j;

import io.millrace.learner.method.generative.GenerativeStepConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jGenerativeStepTest extends GenerativeStepConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
