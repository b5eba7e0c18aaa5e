package io.millrace.learner.nd4j;

import io.millrace.learner.compare.ComparisonConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jComparisonTest extends ComparisonConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
