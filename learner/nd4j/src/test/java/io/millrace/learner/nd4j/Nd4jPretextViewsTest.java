package io.millrace.learner.nd4j;

import io.millrace.learner.augment.PretextViewsConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jPretextViewsTest extends PretextViewsConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
