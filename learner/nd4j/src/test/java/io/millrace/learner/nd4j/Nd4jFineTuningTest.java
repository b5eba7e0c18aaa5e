package io.millrace.learner.nd4j;

import io.millrace.learner.evaluate.FineTuningConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jFineTuningTest extends FineTuningConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
