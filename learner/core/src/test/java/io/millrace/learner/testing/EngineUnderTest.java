package io.millrace.learner.testing;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;

/** How an engine module opens its engine for the contracts. */
public interface EngineUnderTest {
  /** The engine on the CPU, on one thread. */
  Engine open(Precision precision);

  /** The same on as many threads as it takes by itself. */
  default Engine openThreaded(Precision precision) {
    return open(precision);
  }

  /** Whether the engine has {@link Precision#BF16}; without it, it says so when it is opened. */
  default boolean hasHalfPrecision() {
    return true;
  }
}
