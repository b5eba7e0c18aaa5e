package io.millrace.learner.nd4j;

import io.millrace.learner.method.RewarmConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jRewarmTest extends RewarmConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
