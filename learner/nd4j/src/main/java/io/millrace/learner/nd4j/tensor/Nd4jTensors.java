package io.millrace.learner.nd4j.tensor;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Scopes;
import io.millrace.learner.tensor.Shapes;
import io.millrace.learner.tensor.Tensor;
import java.util.function.Consumer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes an engine's tensors. */
public final class Nd4jTensors {
  private final Nd4jContext context;
  private final Scopes<Nd4jTensor> scopes;

  public Nd4jTensors(Nd4jContext context, Engine engine) {
    this.context = context;
    this.scopes = new Scopes<>(engine, Nd4jTensor.class);
  }

  public Nd4jContext context() {
    return context;
  }

  public Scopes<Nd4jTensor> scopes() {
    return scopes;
  }

  /** Opens a scope on this thread. */
  public Scope open() {
    return scopes.open();
  }

  /** The engine's own implementation of a tensor. */
  public Nd4jTensor own(Tensor tensor) {
    return scopes.own(tensor);
  }

  /** A new tensor in the innermost scope of this thread, filled; temporaries of it die at once. */
  public Nd4jTensor made(Consumer<Nd4jTensor> fill, long... shape) {
    return Nd4jTensor.made(context, scopes, fill, shape);
  }

  /** Zeros in the innermost scope of this thread. */
  public Nd4jTensor zeros(long... shape) {
    Shapes.requireCount("zeros", Shapes.count(shape), shape);
    return made(z -> z.data().assign(0), shape);
  }

  /** A new tensor that no scope closes, filled with one value. */
  public Nd4jTensor unscoped(double value, long... shape) {
    Storage storage = context.storage(shape);
    var z = new Nd4jTensor(context, scopes, storage, 0, shape, Buffers.strides(shape));
    z.fill(t -> t.data().assign(value));
    return z;
  }

  /** A tensor over an array of {@link Buffers#take} that now belongs to it; no scope closes it. */
  public Nd4jTensor unscoped(INDArray array) {
    return Nd4jTensor.over(context, scopes, array);
  }

  /** The same in the innermost scope. */
  public Nd4jTensor scoped(INDArray array) {
    return scopes.put(unscoped(array));
  }
}
