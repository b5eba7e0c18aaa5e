package io.millrace.learner.testing;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Finds the engine under test in the classes that a contract is nested in. */
final class OuterEngine implements BeforeEachCallback {
  private @Nullable EngineUnderTest found;

  @Override
  public void beforeEach(ExtensionContext context) {
    found = context.getRequiredTestInstances().findInstance(EngineUnderTest.class).orElse(null);
  }

  /**
   * What was found.
   *
   * @throws IllegalStateException where the contract is nested in no engine's class
   */
  EngineUnderTest get() {
    if (found == null) {
      throw new IllegalStateException(
          "a contract runs nested in a subclass of " + EngineContracts.class.getName());
    }
    return found;
  }
}
