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
 * directions. Orthogonal vectors give 2. Metric: {@code cosine}, the mean cosine.
 */
public final class ByolObjective implements Objective {
  /** q, what the student predicts. */
  public static final String PREDICTION = "prediction";

  /** z, what the teacher gives. */
  public static final String TARGET = "target";

  /** Loss of orthogonal vectors. */
  public static final double CHANCE_LEVEL = 2;

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
    var cosine = MeanCosine.of(new Inputs("byol", inputs), PREDICTION, TARGET);
    return new LossAndGradients(
        cosine.mean().mul(-2).add(2),
        Map.of(PREDICTION, cosine.gradient().mul(-2)),
        Map.of("cosine", cosine.mean()));
  }
}
