package io.millrace.learner.nd4j;

import io.millrace.learner.stream.StreamRunConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jStreamRunTest extends StreamRunConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
