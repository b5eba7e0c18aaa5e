package io.millrace.learner.nd4j;

import io.millrace.learner.evaluate.KnnConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jKnnTest extends KnnConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
