package io.millrace.learner.torch;

import io.millrace.learner.method.step.AlignmentConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;

class TorchAlignmentTest extends AlignmentConformance {
  @Override
  protected Engine open(Precision precision) {
    return TorchEngine.open(new EngineOptions("cpu", precision, false, 1));
  }
}
