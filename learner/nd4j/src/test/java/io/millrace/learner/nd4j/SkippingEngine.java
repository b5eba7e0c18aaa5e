package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import org.opentest4j.TestAbortedException;

/** The engine under test, where a network that it lacks a layer of skips the test and says so. */
record SkippingEngine(Engine engine) implements Engine {
  @Override
  public EngineInfo info() {
    return engine.info();
  }

  @Override
  public Scope scope() {
    return engine.scope();
  }

  @Override
  public Tensor tensor(float[] values, long... shape) {
    return engine.tensor(values, shape);
  }

  @Override
  public Tensor tensor(double[] values, long... shape) {
    return engine.tensor(values, shape);
  }

  @Override
  public Tensor tensor(byte[] unsigned, long... shape) {
    return engine.tensor(unsigned, shape);
  }

  @Override
  public Tensor zeros(long... shape) {
    return engine.zeros(shape);
  }

  @Override
  public Tensor concat(int dim, List<Tensor> parts) {
    return engine.concat(dim, parts);
  }

  @Override
  public boolean supports(Layer layer) {
    if (!engine.supports(layer)) {
      throw new TestAbortedException("engine nd4j lacks " + layer);
    }
    return true;
  }

  @Override
  public Network network(NetworkSpec spec) {
    try {
      return engine.network(spec);
    } catch (UnsupportedOperationException e) {
      throw new TestAbortedException(e.getMessage(), e);
    }
  }

  @Override
  public void synchronize() {
    engine.synchronize();
  }

  @Override
  public void stepEnded() {
    engine.stepEnded();
  }

  @Override
  public void close() {
    engine.close();
  }
}
