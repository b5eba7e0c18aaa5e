package io.millrace.learner.loop;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/** An engine for methods that compute nothing. */
final class NoArithmetic implements Engine {
  @Override
  public EngineInfo info() {
    return new EngineInfo("none", "0", "cpu", "none", Precision.FLOAT64, 1, "none");
  }

  @Override
  public Scope scope() {
    return new Scope() {
      @Override
      public Tensor keep(Tensor tensor) {
        return tensor;
      }

      @Override
      public void close() {}
    };
  }

  private static UnsupportedOperationException none() {
    return new UnsupportedOperationException("no arithmetic here");
  }

  @Override
  public Tensor tensor(float[] values, long... shape) {
    throw none();
  }

  @Override
  public Tensor tensor(double[] values, long... shape) {
    throw none();
  }

  @Override
  public Tensor tensor(byte[] unsigned, long... shape) {
    throw none();
  }

  @Override
  public Tensor zeros(long... shape) {
    throw none();
  }

  @Override
  public Tensor concat(int dim, List<Tensor> parts) {
    throw none();
  }

  @Override
  public boolean supports(Layer layer) {
    return false;
  }

  @Override
  public Network network(NetworkSpec spec) {
    throw none();
  }

  @Override
  public void synchronize() {}

  @Override
  public void close() {}
}
