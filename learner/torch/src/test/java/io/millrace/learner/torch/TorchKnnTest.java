package io.millrace.learner.torch;

import io.millrace.learner.evaluate.KnnConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;

class TorchKnnTest extends KnnConformance {
  @Override
  protected Engine open(Precision precision) {
    return TorchEngine.open(EngineOptions.cpu(precision));
  }
}
