package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;

/**
 * VICReg's loss (Bardes, Ponce, LeCun 2022, equations 1 to 6; solo-learn {@code losses/vicreg.py}):
 *
 * <pre>
 * s = Σ ‖z1_i − z2_i‖² / (N·D)                                   invariance
 * v(z) = 1/D · Σ_j max(0, 1 − √(Var z_j + 1e-4))                  variance
 * c(z) = 1/D · Σ_{j≠k} Cov(z)_jk²                                covariance
 * L = λ s + μ (v(z1) + v(z2)) + ν (c(z1) + c(z2)),   L ≥ 0
 * ∂s/∂z1 = 2 (z1 − z2) / (N·D),   ∂v/∂z_j = −(z_j − z̄_j) / (D (N−1) √(Var z_j + 1e-4)) where under 1
 * ∂c/∂z = 4 (z − z̄) (Cov − diag Cov) / (D (N−1))
 * </pre>
 *
 * Variance and covariance are unbiased. Inputs: {@code first} z1 [N, D], {@code second} z2 [N, D],
 * both differentiable. Metrics: {@code invariance}, {@code variance} and {@code covariance}, the
 * three terms without their weights.
 */
public final class VicRegObjective implements PairObjective {
  private static final double EPSILON = 1e-4;

  private final double lambda;
  private final double mu;
  private final double nu;

  /**
   * @param lambda λ, weight of the invariance
   * @param mu μ, weight of the variance
   * @param nu ν, weight of the covariance
   */
  public VicRegObjective(double lambda, double mu, double nu) {
    this.lambda = lambda;
    this.mu = mu;
    this.nu = nu;
  }

  /** 2 λ, at variance 1 without covariance. */
  @Override
  public double chanceLevel(long images, long dimensions) {
    return 2 * lambda;
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("vicreg", inputs);
    Tensor[] pair = in.pair(FIRST, SECOND);
    in.atLeast("rows", pair[0].size(0), FIRST, 2);
    double each = pair[0].size();
    Tensor difference = pair[0].sub(pair[1]);
    Tensor invariance = difference.mul(difference).mean(false);
    Spread one = Spread.of(pair[0]);
    Spread two = Spread.of(pair[1]);
    Tensor variance = one.variance().add(two.variance());
    Tensor covariance = one.covariance().add(two.covariance());
    Tensor loss = invariance.mul(lambda).addIn(mu, variance).addIn(nu, covariance);
    Tensor pull = difference.mul(2 * lambda / each);
    return new LossAndGradients(
        loss,
        Map.of(
            FIRST, one.gradient(mu, nu).addIn(1, pull),
            SECOND, two.gradient(mu, nu).addIn(-1, pull)),
        Map.of("invariance", invariance, "variance", variance, "covariance", covariance));
  }

  /** v and c of one view with their derivatives. */
  private record Spread(Tensor variance, Tensor covariance, Tensor dVariance, Tensor dCovariance) {
    static Spread of(Tensor z) {
      double d = z.size(1);
      double free = z.size(0) - 1.0;
      Tensor centered = z.sub(z.mean(true, 0));
      Tensor diagonal = centered.mul(centered).sum(true, 0).mul(1 / free);
      Tensor deviation = diagonal.add(EPSILON).sqrt();
      Tensor missing = deviation.mul(-1).add(1).clamp(0, Double.POSITIVE_INFINITY);
      Tensor narrow = missing.greater(missing.mul(0));
      Tensor cov = centered.permute(1, 0).matmul(centered).mul(1 / free);
      Tensor off = cov.mul(cov).sum(false).sub(diagonal.mul(diagonal).sum(false));
      return new Spread(
          missing.mean(false),
          off.mul(1 / d),
          centered.mul(narrow.div(deviation)).mul(-1 / (d * free)),
          centered.matmul(cov).sub(centered.mul(diagonal)).mul(4 / (d * free)));
    }

    Tensor gradient(double mu, double nu) {
      return dVariance.mul(mu).addIn(nu, dCovariance);
    }
  }
}
