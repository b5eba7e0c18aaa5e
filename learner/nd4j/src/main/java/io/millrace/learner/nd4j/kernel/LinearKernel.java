package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.MatrixProduct;
import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = x Wᵀ + b over the last dimension. */
final class LinearKernel implements Kernel {
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** The weight is [out, in]. */
  LinearKernel(Parameter weight, @Nullable Parameter bias) {
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    long in = weight.value().size(1);
    if (x.rank() < 2 || x.size(-1) != in) {
      throw new IllegalArgumentException("expected [batch, " + in + "]");
    }
    long[] shape = x.shape().clone();
    shape[shape.length - 1] = weight.value().size(0);
    INDArray y = memory.take(shape);
    INDArray rows = rows(y);
    MatrixProduct.run(rows(x), false, weight.value(), true, rows);
    if (bias != null) {
      Ops.call("add").in(rows, bias.value()).into(rows);
    }
    return y;
  }

  private static INDArray rows(INDArray x) {
    return x.rank() == 2 ? x : x.reshape('c', x.length() / x.size(-1), x.size(-1));
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    if (accumulate) {
      INDArray dw = memory.scratch(weight.value().shape());
      MatrixProduct.run(rows(dy), true, rows(x), false, dw);
      weight.add(dw, true, memory);
      if (bias != null) {
        INDArray db = memory.scratch(bias.value().shape());
        Ops.call("reduce_sum").in(rows(dy)).integers(0).into(db);
        bias.add(db, true, memory);
      }
    }
    if (!wantInput) {
      return null;
    }
    INDArray dx = memory.take(x.shape());
    MatrixProduct.run(rows(dy), false, weight.value(), false, rows(dx));
    return dx;
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
