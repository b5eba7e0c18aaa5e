package io.millrace.learner.torch;

import io.millrace.learner.augment.AugmentConformance;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Precision;

class TorchAugmentTest extends AugmentConformance {
  @Override
  protected Engine open(Precision precision) {
    return TorchEngine.open(new EngineOptions("cpu", precision, false, 1));
  }
}
