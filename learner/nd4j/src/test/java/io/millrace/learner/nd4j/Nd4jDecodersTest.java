package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.DecodersConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jDecodersTest extends DecodersConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
