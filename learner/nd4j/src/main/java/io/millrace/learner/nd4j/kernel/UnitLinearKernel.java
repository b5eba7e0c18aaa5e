package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.MatrixProduct;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** y = x (V / ‖V‖)ᵀ, each row of V divided by its length. */
final class UnitLinearKernel implements Kernel {
  private final Parameter direction;

  /** The direction is [out, in]. */
  UnitLinearKernel(Parameter direction) {
    this.direction = direction;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.require(x, 2, direction.value().size(1));
    INDArray y = memory.take(x.size(0), direction.value().size(0));
    INDArray unit = memory.scratch(direction.value().shape());
    INDArray length = memory.scratch(unit.size(0), 1);
    UnitLength.of(direction.value(), unit, length);
    MatrixProduct.run(x, false, unit, true, y);
    memory.giveBack(unit);
    memory.giveBack(length);
    return y;
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    INDArray unit = memory.scratch(direction.value().shape());
    INDArray length = memory.scratch(unit.size(0), 1);
    UnitLength.of(direction.value(), unit, length);
    if (accumulate) {
      INDArray gradient = memory.scratch(unit.shape());
      MatrixProduct.run(dy, true, x, false, gradient);
      UnitLength.back(unit, length, gradient, memory);
      direction.add(gradient, true, memory);
    }
    INDArray dx = null;
    if (wantInput) {
      dx = memory.take(x.shape());
      MatrixProduct.run(dy, false, unit, false, dx);
    }
    memory.giveBack(unit);
    memory.giveBack(length);
    return dx;
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
