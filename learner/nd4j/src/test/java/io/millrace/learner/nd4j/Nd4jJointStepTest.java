package io.millrace.learner.nd4j;

import io.millrace.learner.method.joint.JointStepConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jJointStepTest extends JointStepConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
