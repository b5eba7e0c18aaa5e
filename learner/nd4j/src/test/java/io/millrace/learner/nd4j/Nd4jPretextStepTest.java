package io.millrace.learner.nd4j;

import io.millrace.learner.method.pretext.PretextStepConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jPretextStepTest extends PretextStepConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
