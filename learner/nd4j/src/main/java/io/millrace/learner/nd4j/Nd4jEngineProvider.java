package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.EngineProvider;

/** Offers ND4J under the name {@code nd4j}. */
public final class Nd4jEngineProvider implements EngineProvider {
  @Override
  public String name() {
    return Nd4jEngine.NAME;
  }

  @Override
  public Engine open(EngineOptions options) {
    return Nd4jEngine.open(options);
  }
}
