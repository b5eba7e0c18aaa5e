package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;

/** Engines the way the application opens them, one thread each. */
public final class TestEngines {
  private TestEngines() {}

  public static Engine nd4j(Precision precision) {
    return Engines.open("nd4j", new EngineOptions("cpu", precision, false, 1));
  }

  /** For suites: skips what needs a layer that the engine lacks. */
  public static Engine skipping(Precision precision) {
    return new SkippingEngine(nd4j(precision));
  }

  public static Engine torch(Precision precision) {
    return Engines.open("torch", new EngineOptions("cpu", precision, false, 1));
  }
}
