package io.millrace.learner.torch;

import io.millrace.learner.method.registry.MixConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;

class TorchMixTest extends MixConformance {
  @Override
  protected Engine open(Precision precision) {
    return TorchEngine.open(new EngineOptions("cpu", precision, false, 1));
  }
}
