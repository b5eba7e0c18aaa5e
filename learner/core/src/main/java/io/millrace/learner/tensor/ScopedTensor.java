package io.millrace.learner.tensor;

import org.jspecify.annotations.Nullable;

/** For engines: a tensor's life. It is closed once, by its scope unless it is kept. */
public abstract class ScopedTensor implements Tensor {
  private final Engine engine;
  private @Nullable Scope scope;
  private boolean closed;

  /** A tensor in no scope yet. */
  ScopedTensor(Engine engine) {
    this.engine = engine;
  }

  /** Lets go of the elements, once. */
  protected abstract void release();

  final Engine engine() {
    return engine;
  }

  /**
   * Requires this tensor to be open.
   *
   * @throws IllegalStateException when it is closed
   */
  protected final void requireOpen() {
    if (closed) {
      throw new IllegalStateException("tensor of shape " + Shapes.text(shape()) + " is closed");
    }
  }

  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      release();
    }
  }

  final void enter(Scope innermost) {
    scope = innermost;
  }

  /** Closes with its scope unless it was kept. */
  final void closeWith(Scope closing) {
    if (scope == closing) {
      close();
    }
  }

  /** Leaves that scope if it is in it. */
  final void leave(Scope left) {
    if (scope == left) {
      scope = null;
    }
  }
}
