package io.millrace.learner.torch;

import io.millrace.learner.objective.GenerativeObjectiveConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;

class TorchGenerativeObjectiveTest extends GenerativeObjectiveConformance {
  @Override
  protected Engine open(Precision precision) {
    return TorchEngine.open(new EngineOptions("cpu", precision, false, 1));
  }
}
