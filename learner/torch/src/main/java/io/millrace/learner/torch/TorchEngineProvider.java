package io.millrace.learner.torch;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.EngineProvider;

/** Offers libtorch under the name {@code torch}. */
public final class TorchEngineProvider implements EngineProvider {
  @Override
  public String name() {
    return TorchEngine.NAME;
  }

  @Override
  public Engine open(EngineOptions options) {
    return TorchEngine.open(options);
  }
}
