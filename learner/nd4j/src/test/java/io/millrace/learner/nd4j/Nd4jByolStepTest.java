package io.millrace.learner.nd4j;

import io.millrace.learner.method.joint.ByolStepConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jByolStepTest extends ByolStepConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
