package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** ND4J's {@code maxpool2d} and {@code maxpool2d_bp}. */
final class MaxPoolKernel implements Kernel {
  private final int kernel;
  private final int stride;
  private final int padding;

  MaxPoolKernel(int kernel, int stride, int padding) {
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.requireImages(x);
    INDArray y = memory.take(x.size(0), x.size(1), out(x.size(2)), out(x.size(3)));
    return Ops.call("maxpool2d").in(x).integers(arguments()).into(y);
  }

  private long out(long side) {
    return Math.floorDiv(side + 2L * padding - kernel, stride) + 1;
  }

  private int[] arguments() {
    return new int[] {kernel, kernel, stride, stride, padding, padding, 1, 1, 0, 0, 0};
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    if (!wantInput) {
      return null;
    }
    INDArray dx = memory.take(x.shape());
    return Ops.call("maxpool2d_bp").in(x, dy).integers(arguments()).into(dx);
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
