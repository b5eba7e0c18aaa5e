package io.millrace.learner.nd4j;

import io.millrace.learner.objective.ColorizationObjectiveConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jColorizationObjectiveTest extends ColorizationObjectiveConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
