package io.millrace.learner.torch;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;

/** Engines the way the application opens them. */
final class TestEngines {
  private TestEngines() {}

  static Engine cpu(Precision precision) {
    return Engines.open("torch", EngineOptions.cpu(precision));
  }

  static Engine channelsLast(Precision precision) {
    return Engines.open("torch", new EngineOptions("cpu", precision, true, 0));
  }
}
