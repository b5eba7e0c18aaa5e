package io.millrace.learner.nd4j;

import io.millrace.learner.auxiliary.AuxiliaryLossConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jAuxiliaryLossTest extends AuxiliaryLossConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
