package io.millrace.learner.testing;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A suite that every engine passes. It is nested in a class that is an {@link EngineUnderTest},
 * which says what it runs on; each test has an engine of its own.
 */
public abstract class EngineContract {
  @RegisterExtension private final OuterEngine outer = new OuterEngine();

  /** The engine of this test, in {@link #precision()}. */
  protected Engine engine;

  /** What the suite runs in. */
  protected Precision precision() {
    return Precision.FLOAT64;
  }

  /** Another engine of the kind under test; the caller closes it. */
  protected Engine open(Precision precision) {
    return underTest().open(precision);
  }

  /** What the suite is nested in. */
  protected final EngineUnderTest underTest() {
    return outer.get();
  }

  @BeforeEach
  final void openEngine() {
    engine = open(precision());
  }

  @AfterEach
  final void closeEngine() {
    engine.close();
  }
}
