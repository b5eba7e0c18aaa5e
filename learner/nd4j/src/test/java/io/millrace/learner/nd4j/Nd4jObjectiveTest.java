package io.millrace.learner.nd4j;

import io.millrace.learner.objective.ObjectiveConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jObjectiveTest extends ObjectiveConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
