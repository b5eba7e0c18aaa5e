package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tensors made on one thread since this scope was opened. */
final class Nd4jScope implements Scope {
  private final Nd4jEngine engine;
  private final @Nullable Nd4jScope outer;
  private final List<Nd4jTensor> tensors = new ArrayList<>();
  private boolean closed;

  Nd4jScope(Nd4jEngine engine, @Nullable Nd4jScope outer) {
    this.engine = engine;
    this.outer = outer;
  }

  void add(Nd4jTensor tensor) {
    tensors.add(tensor);
  }

  @Nullable Nd4jScope outer() {
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
    for (Nd4jTensor tensor : tensors) {
      tensor.closeWith(this);
    }
    tensors.clear();
  }
}
