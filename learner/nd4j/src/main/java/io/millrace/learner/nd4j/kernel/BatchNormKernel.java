package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.Mode;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;

/**
 * Batch normalization over ND4J's {@code moments} and {@code batchnorm}. ND4J's {@code
 * batchnorm_bp} takes several times as long as the closed form below, whose two affine maps by
 * channel are again {@code batchnorm}: with x̂ = (x − μ)/σ, A = γ/σ and n values per channel,
 *
 * <p>dβ = Σ dy, dγ = Σ dy·x̂, dx = A·dy − (A/n)(dβ + dγ·x̂).
 */
public final class BatchNormKernel implements Kernel {
  private final long features;
  private final double momentum;
  private final double epsilon;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;
  private final INDArray runningMean;
  private final INDArray runningVariance;
  private @Nullable Moments used;

  /** What one forward pass normalized by. */
  private record Moments(INDArray mean, INDArray variance, boolean ofTheBatch) {}

  public BatchNormKernel(
      double momentum,
      double epsilon,
      @Nullable Parameter weight,
      @Nullable Parameter bias,
      INDArray runningMean,
      INDArray runningVariance) {
    this.features = runningMean.length();
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.weight = weight;
    this.bias = bias;
    this.runningMean = runningMean;
    this.runningVariance = runningVariance;
  }

  @Override
  public INDArray forward(INDArray x, Mode mode, Memory memory) {
    Kernel.require(x, x.rank() == 2 ? 2 : 4, features);
    Moments moments =
        mode == Mode.EVAL
            ? new Moments(runningMean, runningVariance, false)
            : ofTheBatch(x, mode == Mode.TRAIN, memory);
    used = moments;
    INDArray y = memory.take(x.shape());
    return weight == null || bias == null
        ? affine(x, moments, epsilon, null, null, y)
        : affine(x, moments, epsilon, weight.value(), bias.value(), y);
  }

  /** Takes the moments of a batch for the backward pass, without a result. */
  public void normalizeByBatch(INDArray x, Memory memory) {
    used = ofTheBatch(x, false, memory);
  }

  /** Writes share·(running − batch), what the running statistics are to go back by. */
  public void stepBack(double share, INDArray mean, INDArray variance, INDArray x) {
    Moments moments = used;
    if (moments == null) {
      throw new IllegalStateException("batch normalization has seen no batch");
    }
    double n = (double) x.length() / features;
    mean.assign(runningMean.sub(moments.mean()).muli(share).reshape(mean.shape()));
    variance.assign(
        runningVariance
            .sub(moments.variance().mul(n / (n - 1)))
            .muli(share)
            .reshape(variance.shape()));
  }

  private Moments ofTheBatch(INDArray x, boolean update, Memory memory) {
    long n = x.length() / features;
    if (n == 1) {
      throw new IllegalArgumentException(
          "a batch with one value per feature has no variance to normalize by");
    }
    INDArray mean = memory.take(features);
    INDArray variance = memory.take(features);
    Ops.call("moments").in(x).integers(dimensions(x)).into(mean, variance);
    if (update) {
      follow(runningMean, mean, momentum, memory);
      follow(runningVariance, variance, momentum * n / (n - 1), memory);
    }
    return new Moments(mean, variance, true);
  }

  /** running ← (1 − momentum)·running + share·batch. */
  private void follow(INDArray running, INDArray batch, double share, Memory memory) {
    INDArray part = memory.scratch(features);
    part.assign(batch);
    running.muli(1 - momentum).addi(part.muli(share));
    memory.giveBack(part);
  }

  @Override
  public @Nullable INDArray backward(
      INDArray x, INDArray y, INDArray dy, boolean wantInput, boolean accumulate, Memory memory) {
    Moments moments = used;
    if (moments == null) {
      throw new IllegalStateException("batch normalization goes back without a forward pass");
    }
    INDArray unit = memory.take(x.shape());
    affine(x, moments, epsilon, null, null, unit);
    INDArray work = memory.scratch(x.shape());
    INDArray dBias = memory.scratch(features);
    INDArray dWeight = memory.scratch(features);
    Ops.call("reduce_sum").in(dy).integers(dimensions(x)).into(dBias);
    Ops.call("multiply").in(dy, unit).into(work);
    Ops.call("reduce_sum").in(work).integers(dimensions(x)).into(dWeight);
    if (accumulate && weight != null && bias != null) {
      bias.gradient().addi(dBias);
      weight.gradient().addi(dWeight);
    }
    if (wantInput) {
      byInput(moments, dy, dBias, dWeight, unit, work, memory);
    }
    memory.giveBack(dBias);
    memory.giveBack(dWeight);
    memory.giveBack(work);
    if (!wantInput) {
      memory.giveBack(unit);
      return null;
    }
    return unit;
  }

  /** Overwrites {@code unit}, which holds x̂, with dx. */
  private void byInput(
      Moments moments,
      INDArray dy,
      INDArray dBias,
      INDArray dWeight,
      INDArray unit,
      INDArray work,
      Memory memory) {
    INDArray scale = memory.scratch(features);
    scale.assign(moments.variance());
    scale.addi(epsilon);
    Ops.run(new RSqrt(scale, scale));
    if (weight != null) {
      scale.muli(weight.value());
    }
    INDArray zero = memory.scratch(features);
    INDArray one = memory.scratch(features);
    zero.assign(0);
    one.assign(1);
    var identity = new Moments(zero, one, true);
    if (moments.ofTheBatch()) {
      double share = -(double) features / dy.length();
      dBias.muli(scale).muli(share);
      dWeight.muli(scale).muli(share);
      affine(unit, identity, 0, dWeight, dBias, work);
      affine(dy, identity, 0, scale, zero, unit);
      unit.addi(work);
    } else {
      affine(dy, identity, 0, scale, zero, unit);
    }
    memory.giveBack(scale);
    memory.giveBack(zero);
    memory.giveBack(one);
  }

  /** y = (x − mean)/√(variance + ε)·scale + shift, by channel. */
  private static INDArray affine(
      INDArray x,
      Moments moments,
      double epsilon,
      @Nullable INDArray scale,
      @Nullable INDArray shift,
      INDArray y) {
    Ops.Call call = Ops.call("batchnorm").in(x, moments.mean(), moments.variance());
    boolean scaled = scale != null && shift != null;
    if (scaled) {
      call.in(scale, shift);
    }
    int given = scaled ? 1 : 0;
    return call.numbers(epsilon).integers(given, given, 1).into(y);
  }

  private static int[] dimensions(INDArray x) {
    return x.rank() == 2 ? new int[] {0} : new int[] {0, 2, 3};
  }

  @Override
  public boolean leavesResultFree() {
    return true;
  }
}
