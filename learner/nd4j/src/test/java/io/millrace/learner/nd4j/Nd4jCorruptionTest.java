package io.millrace.learner.nd4j;

import io.millrace.learner.augment.CorruptionConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jCorruptionTest extends CorruptionConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
