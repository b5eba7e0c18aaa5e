package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * SimSiam's loss in one direction (Chen and He 2021, equation 1; solo-learn {@code
 * losses/simsiam.py}), plus one:
 *
 * <pre>
 * L = 1 − mean_i ⟨p_i / ‖p_i‖, z_i / ‖z_i‖⟩,   0 ≤ L ≤ 2
 * ∂L/∂p_i = −1/N · (ẑ_i − ⟨p̂_i, ẑ_i⟩ p̂_i) / ‖p_i‖
 * </pre>
 *
 * The paper's loss is the negative cosine; the one added makes 0 its best value and has no
 * gradient. Inputs: {@code prediction} p [N, D], {@code target} z [N, D], a constant: no gradient
 * passes through it. A method averages both directions. Metric: {@code cosine}, the mean cosine.
 */
public final class SimSiamObjective implements Objective {
  /** p, the predictor's output for one view. */
  public static final String PREDICTION = "prediction";

  /** z, the projection of the other view. */
  public static final String TARGET = "target";

  /** Loss of orthogonal vectors. */
  public static final double CHANCE_LEVEL = 1;

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
    var cosine = MeanCosine.of(new Inputs("simsiam", inputs), PREDICTION, TARGET);
    return new LossAndGradients(
        cosine.mean().mul(-1).add(1),
        Map.of(PREDICTION, cosine.gradient().mul(-1)),
        Map.of("cosine", cosine.mean()));
  }
}
