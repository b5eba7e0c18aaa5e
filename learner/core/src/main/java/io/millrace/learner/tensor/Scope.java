package io.millrace.learner.tensor;

/**
 * A span of tensor lifetimes. Every tensor made on this thread while the scope is the innermost
 * open one is released when it closes, unless {@link #keep kept}. Scopes nest and close in reverse
 * order.
 */
public interface Scope extends AutoCloseable {
  /**
   * Takes a tensor of any shape out of this scope: its maker now closes it. Returns the same
   * tensor.
   */
  Tensor keep(Tensor tensor);

  @Override
  void close();
}
