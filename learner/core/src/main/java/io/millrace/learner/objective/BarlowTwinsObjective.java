package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;

/**
 * Barlow Twins' loss (Zbontar et al. 2021, equations 1 and 2; solo-learn {@code losses/barlow.py}):
 * the correlations between the dimensions of two views, brought to the identity.
 *
 * <pre>
 * ẑ = (z − mean) / √(variance + 1e-5) of each dimension over the batch
 * C = ẑ1ᵀ ẑ2 / N,   L = scale · (Σ_i (1 − C_ii)² + λ Σ_{i≠j} C_ij²)
 * ∂L/∂ẑ1 = 2·scale/N · ẑ2 Eᵀ,   ∂L/∂ẑ2 = 2·scale/N · ẑ1 E,   E_ii = C_ii − 1, E_ij = λ C_ij
 * </pre>
 *
 * Inputs: {@code first} z1 [N, D], {@code second} z2 [N, D], both differentiable. Independent views
 * have C = 0 and give scale · D. Metrics: {@code invariance} Σ (1 − C_ii)² / D and {@code
 * redundancy} Σ C_ij² / D over i ≠ j.
 */
public final class BarlowTwinsObjective implements PairObjective {
  private static final double EPSILON = 1e-5;

  private final double lambda;
  private final double scale;

  /**
   * @param lambda λ, weight of what is off the diagonal
   * @param scale factor on the whole loss
   */
  public BarlowTwinsObjective(double lambda, double scale) {
    this.lambda = lambda;
    this.scale = scale;
  }

  @Override
  public double chanceLevel(long images, long dimensions) {
    return scale * dimensions;
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    Tensor[] pair = new Inputs("barlow-twins", inputs).pair(FIRST, SECOND);
    double n = pair[0].size(0);
    double d = pair[0].size(1);
    Standardized z1 = Standardized.of(pair[0]);
    Tensor a = z1.z();
    Standardized z2 = Standardized.of(pair[1]);
    Tensor b = z2.z();
    Tensor c = a.permute(1, 0).matmul(b).mul(1 / n);
    Tensor diagonal = a.mul(b).mean(true, 0);
    Tensor miss = diagonal.add(-1);
    Tensor invariance = miss.mul(miss).sum(false);
    Tensor redundancy = c.mul(c).sum(false).sub(diagonal.mul(diagonal).sum(false));
    Tensor loss = invariance.add(redundancy.mul(lambda)).mul(scale);

    // E = λ C, and on the diagonal what is left to E_ii.
    Tensor e = c.mul(lambda);
    Tensor rest = miss.sub(diagonal.mul(lambda));
    Tensor atA = b.matmul(e.permute(1, 0)).add(b.mul(rest)).mul(2 * scale / n);
    Tensor atB = a.matmul(e).add(a.mul(rest)).mul(2 * scale / n);
    return new LossAndGradients(
        loss,
        Map.of(FIRST, z1.back(atA), SECOND, z2.back(atB)),
        Map.of("invariance", invariance.mul(1 / d), "redundancy", redundancy.mul(1 / d)));
  }

  /** Dimensions of mean 0 and variance 1 over the batch. */
  private record Standardized(Tensor z, Tensor deviation) {
    static Standardized of(Tensor x) {
      Tensor centered = x.sub(x.mean(true, 0));
      Tensor deviation = centered.mul(centered).mean(true, 0).add(EPSILON).sqrt();
      return new Standardized(centered.div(deviation), deviation);
    }

    Tensor back(Tensor g) {
      Tensor along = z.mul(z.mul(g).mean(true, 0));
      return g.sub(g.mean(true, 0)).sub(along).div(deviation);
    }
  }
}
