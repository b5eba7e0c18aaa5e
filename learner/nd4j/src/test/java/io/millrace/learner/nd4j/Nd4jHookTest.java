package io.millrace.learner.nd4j;

import io.millrace.learner.method.registry.HookConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

class Nd4jHookTest extends HookConformance {
  @Override
  protected Engine open(Precision precision) {
    return TestEngines.skipping(precision);
  }
}
