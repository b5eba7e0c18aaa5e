package io.millrace.learner.tensor;

/** How an engine is found: implementations are listed for {@link java.util.ServiceLoader}. */
public interface EngineProvider {
  /** Name on the command line, such as {@code torch}. */
  String name();

  /**
   * Opens an engine.
   *
   * @throws IllegalStateException with a message for the user when the device asked for is not
   *     there
   */
  Engine open(EngineOptions options);
}
