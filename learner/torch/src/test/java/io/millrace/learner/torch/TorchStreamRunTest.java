package io.millrace.learner.torch;

import io.millrace.learner.stream.StreamRunConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;

class TorchStreamRunTest extends StreamRunConformance {
  @Override
  protected Engine open(Precision precision) {
    return TorchEngine.open(new EngineOptions("cpu", precision, false, 1));
  }
}
