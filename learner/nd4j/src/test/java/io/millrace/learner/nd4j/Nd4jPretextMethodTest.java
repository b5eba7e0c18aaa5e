package io.millrace.learner.nd4j;

import io.millrace.learner.method.pretext.PretextMethodConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jPretextMethodTest extends PretextMethodConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
