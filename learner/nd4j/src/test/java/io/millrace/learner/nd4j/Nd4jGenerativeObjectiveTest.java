package io.millrace.learner.nd4j;

import io.millrace.learner.objective.GenerativeObjectiveConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jGenerativeObjectiveTest extends GenerativeObjectiveConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
