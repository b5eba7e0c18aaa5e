package io.millrace.learner.nd4j;

import io.millrace.learner.optim.OptimConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jOptimTest extends OptimConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
