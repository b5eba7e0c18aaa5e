package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * InfoNCE in one direction (van den Oord et al. 2018, equation 4; as CaSSLe has it, Fini et al.
 * 2022, table 1): among the targets of a batch, each prediction finds its own.
 *
 * <pre>
 * s_ij = ⟨q_i / ‖q_i‖, z_j / ‖z_j‖⟩ / T,   P = softmax of each row
 * L = −mean_i log P_ii,   L ≥ 0
 * ∂L/∂q̂ = (P − I) ẑ / (N T)
 * </pre>
 *
 * Inputs: {@code prediction} q [N, D], {@code target} z [N, D], a constant. Equal similarities give
 * log N. Metric: {@code cosine}, the mean cosine of prediction and target.
 */
public final class ContrastObjective implements Objective {
  /** q, what is predicted. */
  public static final String PREDICTION = "prediction";

  /** z, what is to be found. */
  public static final String TARGET = "target";

  private final double temperature;

  /**
   * @param temperature T, over 0
   */
  public ContrastObjective(double temperature) {
    this.temperature = temperature;
  }

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
    Tensor[] pair = new Inputs("contrast", inputs).pair(PREDICTION, TARGET);
    UnitRows q = UnitRows.of(pair[0]);
    Tensor z = UnitRows.of(pair[1]).unit();
    long n = z.size(0);
    Tensor cosine = q.unit().mul(z).sum(true, 1);
    Tensor s = q.unit().matmul(z.permute(1, 0)).mul(1 / temperature);
    Tensor shift = s.max(true, 1);
    Tensor logTotal = s.sub(shift).exp().sum(true, 1).log().add(shift);
    Tensor loss = logTotal.sub(cosine.mul(1 / temperature)).mean(false);
    Tensor atUnit = s.logSoftmax(1).exp().matmul(z).sub(z).mul(1 / (temperature * n));
    return new LossAndGradients(
        loss, Map.of(PREDICTION, q.back(atUnit)), Map.of("cosine", cosine.mean(false)));
  }
}
