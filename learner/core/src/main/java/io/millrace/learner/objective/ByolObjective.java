package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * BYOL's loss in one direction (Grill et al. 2020, equation 2; solo-learn {@code losses/byol.py}):
 *
 * <pre>
 * L = 2 − 2 · mean_i ⟨q_i / ‖q_i‖, z_i / ‖z_i‖⟩,   0 ≤ L ≤ 4
 * ∂L/∂q_i = −2/N · (ẑ_i − ⟨q̂_i, ẑ_i⟩ q̂_i) / ‖q_i‖
 * </pre>
 *
 * Inputs: {@code prediction} q [N, D], {@code target} z [N, D], a constant. A method adds up both
 * directions. Orthogonal vectors give 2. Figure: {@code cosine}, the mean cosine.
 */
public final class ByolObjective implements Objective {
  /** q, what the student predicts. */
  public static final String PREDICTION = "prediction";

  /** z, what the teacher gives. */
  public static final String TARGET = "target";

  /** Loss of orthogonal vectors. */
  public static final double UNINFORMED = 2;

  private static final double EPSILON = 1e-12;

  @Override
  public Set<String> inputs() {
    return Set.of(PREDICTION, TARGET);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(PREDICTION);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("byol", inputs);
    Tensor q = in.matrix(PREDICTION);
    Tensor z = in.matrix(TARGET);
    in.equal("rows", q.size(0), PREDICTION, z.size(0), TARGET);
    in.equal("columns", q.size(1), PREDICTION, z.size(1), TARGET);

    Tensor qNorm = norm(q);
    Tensor qHat = q.div(qNorm);
    Tensor zHat = z.div(norm(z));
    Tensor cosine = qHat.mul(zHat).sum(true, 1);
    Tensor mean = cosine.mean(false);
    Tensor gradient = zHat.sub(qHat.mul(cosine)).div(qNorm).mul(-2.0 / q.size(0));
    return new LossAndGradients(
        mean.mul(-2).add(2), Map.of(PREDICTION, gradient), Map.of("cosine", mean));
  }

  private static Tensor norm(Tensor x) {
    return x.mul(x).sum(true, 1).sqrt().clamp(EPSILON, Double.POSITIVE_INFINITY);
  }
}
