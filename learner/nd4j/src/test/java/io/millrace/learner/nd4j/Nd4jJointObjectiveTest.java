package io.millrace.learner.nd4j;

import io.millrace.learner.objective.JointObjectiveConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jJointObjectiveTest extends JointObjectiveConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
