package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * SimCLR's loss, NT-Xent (Chen et al. 2020, equation 1; solo-learn {@code losses/simclr.py}): of
 * all 2N views of a batch, find the other view of the same image.
 *
 * <pre>
 * u = the rows of z1, then of z2, each divided by its length;   s_ij = ⟨u_i, u_j⟩ / T
 * P_ij = exp s_ij / Σ_{k≠i} exp s_ik for j ≠ i, else 0;   Y_ij = 1 where j is i's other view
 * L = −1/2N · Σ_ij Y_ij log P_ij,   L ≥ 0
 * ∂L/∂u = (E + Eᵀ) u / T,   E = (P − Y) / 2N
 * </pre>
 *
 * Inputs: {@code first} z1 [N, D], {@code second} z2 [N, D], both differentiable. Equal
 * similarities give log(2N − 1). Metrics: {@code cosine}, the mean cosine of the pairs; {@code
 * accuracy}, the share of views whose nearest is their other view.
 */
public final class SimClrObjective implements PairObjective {
  /** What is taken off a view's similarity with itself: exp makes 0 of it in any precision. */
  private static final double NEVER = 1e4;

  private final double temperature;

  /**
   * @param temperature T, over 0
   */
  public SimClrObjective(double temperature) {
    this.temperature = temperature;
  }

  /** Loss where all similarities are equal, for a batch of so many images. */
  public static double chanceLevel(long images) {
    return Math.log(2.0 * images - 1);
  }

  @Override
  public double chanceLevel(long images, long dimensions) {
    return chanceLevel(images);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    Tensor[] pair = new Inputs("simclr", inputs).pair(FIRST, SECOND);
    int n = (int) pair[0].size(0);
    UnitRows z = UnitRows.of(stacked(pair[0], pair[1]));
    Tensor u = z.unit();
    Tensor cosines = u.matmul(u.permute(1, 0));
    Tensor self = identity(u, 2 * n);
    Tensor y = self.select(0, LongStream.range(0, 2 * n).map(i -> (i + n) % (2 * n)).toArray());
    Tensor others = cosines.mul(1 / temperature).sub(self.mul(NEVER));
    Tensor logP = others.logSoftmax(1);
    Tensor loss = y.mul(logP).sum(false).mul(-0.5 / n);
    Tensor e = logP.exp().sub(y).mul(0.5 / n);
    Tensor atUnit = e.add(e.permute(1, 0)).matmul(u).mul(1 / temperature);
    Tensor gradient = z.back(atUnit);
    Tensor hit = others.mul(y).sum(false, 1).equalTo(others.max(false, 1));
    return new LossAndGradients(
        loss,
        Map.of(FIRST, gradient.slice(0, 0, n), SECOND, gradient.slice(0, n, 2 * n)),
        Map.of(
            "cosine", y.mul(cosines).sum(false).mul(0.5 / n),
            "accuracy", hit.mean(false)));
  }

  /** The rows of a, then those of b. */
  private static Tensor stacked(Tensor a, Tensor b) {
    int n = (int) a.size(0);
    Tensor both = a.select(0, LongStream.range(0, 2 * n).map(i -> i % n).toArray());
    both.slice(0, n, 2 * n).copyIn(b);
    return both;
  }

  /** The identity matrix of n rows, made of the device and type of x. */
  private static Tensor identity(Tensor x, int n) {
    Tensor one = x.slice(0, 0, 1).slice(1, 0, 1);
    Tensor wide = one.select(0, new long[n]).select(1, new long[n + 1]).fillIn(0);
    wide.slice(1, 0, 1).fillIn(1);
    // Rows of n + 1 read as rows of n: each moves its one a column further.
    return wide.reshape(-1).slice(0, 0, (long) n * n).reshape(n, n);
  }
}
