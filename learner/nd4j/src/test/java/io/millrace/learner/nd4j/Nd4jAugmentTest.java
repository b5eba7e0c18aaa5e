package io.millrace.learner.nd4j;

import io.millrace.learner.augment.AugmentConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jAugmentTest extends AugmentConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
