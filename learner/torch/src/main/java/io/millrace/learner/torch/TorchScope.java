package io.millrace.learner.torch;

import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tensors made on one thread since this scope was opened. */
final class TorchScope implements Scope {
  private final TorchEngine engine;
  private final @Nullable TorchScope outer;
  private final List<TorchTensor> tensors = new ArrayList<>();
  private boolean closed;

  TorchScope(TorchEngine engine, @Nullable TorchScope outer) {
    this.engine = engine;
    this.outer = outer;
  }

  void add(TorchTensor tensor) {
    tensors.add(tensor);
  }

  @Nullable TorchScope outer() {
    return outer;
  }

  @Override
  public Tensor keep(Tensor tensor) {
    engine.own(tensor).leave(this);
    return tensor;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    engine.leave(this);
    closed = true;
    for (TorchTensor tensor : tensors) {
      tensor.closeWith(this);
    }
    tensors.clear();
  }
}
