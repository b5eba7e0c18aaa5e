package io.millrace.learner.torch;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Scopes;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/** Makes an engine's tensors. */
final class TorchTensors {
  private final TorchContext context;
  private final Scopes<TorchTensor> scopes;

  TorchTensors(TorchContext context, Engine engine) {
    this.context = context;
    this.scopes = new Scopes<>(engine, TorchTensor.class);
  }

  TorchContext context() {
    return context;
  }

  Scopes<TorchTensor> scopes() {
    return scopes;
  }

  /** Opens a scope on this thread. */
  Scope open() {
    return scopes.open();
  }

  /** The elements of one of the engine's own tensors. */
  Tensor data(io.millrace.learner.tensor.Tensor tensor) {
    return scopes.own(tensor).data();
  }

  /** A new tensor in the innermost scope of this thread. */
  TorchTensor made(String operation, Supplier<Tensor> work) {
    return scopes.put(unscoped(operation, work));
  }

  /** A new tensor that no scope closes. */
  TorchTensor unscoped(String operation, Supplier<Tensor> work) {
    return new TorchTensor(context, scopes, Native.keep(operation, work));
  }
}
