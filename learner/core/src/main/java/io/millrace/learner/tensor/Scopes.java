package io.millrace.learner.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * For engines: which tensors are an engine's own, and which scope closes them. Every thread has its
 * own stack of scopes.
 *
 * @param <T> the engine's class of tensors
 */
public final class Scopes<T extends ScopedTensor> {
  private final Engine engine;
  private final Class<T> type;
  private final ThreadLocal<@Nullable OpenScope> innermost = new ThreadLocal<>();

  public Scopes(Engine engine, Class<T> type) {
    this.engine = engine;
    this.type = type;
  }

  Engine engine() {
    return engine;
  }

  /** Opens a scope on this thread. */
  public Scope open() {
    var scope = new OpenScope(innermost.get());
    innermost.set(scope);
    return scope;
  }

  /** Puts a new tensor into the innermost scope of this thread, where there is one. */
  public T put(T tensor) {
    OpenScope scope = innermost.get();
    if (scope != null) {
      tensor.enter(scope);
      scope.tensors.add(tensor);
    }
    return tensor;
  }

  /**
   * The engine's own implementation of a tensor.
   *
   * @throws IllegalArgumentException for a tensor of another engine
   */
  public T own(Tensor tensor) {
    if (type.isInstance(tensor)) {
      T own = type.cast(tensor);
      if (own.engine() == engine) {
        return own;
      }
    }
    throw new IllegalArgumentException(
        "tensor of shape " + Shapes.text(tensor.shape()) + " belongs to another engine");
  }

  private final class OpenScope implements Scope {
    private final @Nullable OpenScope outer;
    private final List<T> tensors = new ArrayList<>();
    private boolean closed;

    OpenScope(@Nullable OpenScope outer) {
      this.outer = outer;
    }

    @Override
    public Tensor keep(Tensor tensor) {
      own(tensor).leave(this);
      return tensor;
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      if (innermost.get() != this) {
        throw new IllegalStateException(
            "scopes close in reverse order, on the thread that opened them");
      }
      if (outer == null) {
        innermost.remove();
      } else {
        innermost.set(outer);
      }
      closed = true;
      tensors.forEach(tensor -> tensor.closeWith(this));
      tensors.clear();
    }
  }
}
