package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;

/** A function of each element. */
final class PointwiseKernel implements Kernel {

  /** y = f(x), written to the second array. */
  interface Function {
    void apply(INDArray x, INDArray y);
  }

  /** f'(x), written to the third array, given x and y = f(x). */
  interface Slope {
    void of(INDArray x, INDArray y, INDArray slope);
  }

  private final Function function;
  private final Slope slope;

  PointwiseKernel(Function function, Slope slope) {
    this.function = function;
    this.slope = slope;
  }

  /** x for x &gt; 0, else slope·x. */
  static PointwiseKernel leakyRelu(double below) {
    return new PointwiseKernel(
        (x, y) -> {
          leakySlope(x, below, y);
          y.muli(x);
        },
        (x, y, d) -> leakySlope(x, below, d));
  }

  /** By hand, because ND4J's own keeps the slope in float32. */
  private static void leakySlope(INDArray x, double below, INDArray to) {
    Ops.run(new Step(x, to, 0));
    to.muli(1 - below).addi(below);
  }

  static PointwiseKernel sigmoid() {
    return new PointwiseKernel(
        (x, y) -> Ops.run(new Sigmoid(x, y)),
        (x, y, d) -> {
          d.assign(y);
          d.rsubi(1).muli(y);
        });
  }

  static PointwiseKernel tanh() {
    return new PointwiseKernel(
        (x, y) -> Ops.run(new Tanh(x, y)),
        (x, y, d) -> {
          Ops.call("multiply").in(y, y).into(d);
          d.rsubi(1);
        });
  }

  /** x·Φ(x), Φ being the normal distribution by the error function. */
  static PointwiseKernel gelu() {
    return new PointwiseKernel(
        (x, y) -> {
          normalDistribution(x, y);
          y.muli(x);
        },
        (x, y, d) -> {
          normalDistribution(x, d);
          // φ(x) = exp(−x²/2)/√(2π), and the derivative is Φ(x) + x·φ(x).
          try (INDArray density = x.mul(x)) {
            density.muli(-0.5);
            Ops.run(new Exp(density, density));
            d.addi(density.muli(x).muli(1 / Math.sqrt(2 * Math.PI)));
          }
        });
  }

  private static void normalDistribution(INDArray x, INDArray to) {
    Ops.run(new ScalarMultiplication(x, null, to, Math.sqrt(0.5)));
    Ops.run(new Erf(to, to));
    to.addi(1).muli(0.5);
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    INDArray y = memory.take(x.shape());
    function.apply(x, y);
    return y;
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    if (!wantInput) {
      return null;
    }
    INDArray d = memory.scratch(x.shape());
    slope.of(x, y, d);
    dy.muli(d);
    memory.giveBack(d);
    return dy;
  }
}
