package io.millrace.learner.nd4j;

import io.millrace.learner.evaluate.LinearProbeConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jLinearProbeTest extends LinearProbeConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
