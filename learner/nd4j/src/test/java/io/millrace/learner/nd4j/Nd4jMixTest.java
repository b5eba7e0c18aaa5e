package io.millrace.learner.nd4j;

import io.millrace.learner.method.registry.MixConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jMixTest extends MixConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
