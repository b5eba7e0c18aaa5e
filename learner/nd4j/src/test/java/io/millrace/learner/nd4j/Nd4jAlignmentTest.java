package io.millrace.learner.nd4j;

import io.millrace.learner.method.step.AlignmentConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jAlignmentTest extends AlignmentConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
