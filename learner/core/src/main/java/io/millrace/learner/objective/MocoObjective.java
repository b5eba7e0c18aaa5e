package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * MoCo's loss, InfoNCE with a queue (He et al. 2020, equation 1): of one key of the same image and
 * K keys of earlier images, find the one.
 *
 * <pre>
 * q̂, k̂ = rows divided by their lengths
 * s_i0 = ⟨q̂_i, k̂_i⟩ / T,   s_ij = ⟨q̂_i, queue_j⟩ / T for j = 1..K,   P = softmax(s)
 * L = −mean_i log P_i0,   L ≥ 0
 * ∂L/∂q̂_i = 1/(N·T) · ((P_i0 − 1) k̂_i + Σ_j P_ij queue_j)
 * </pre>
 *
 * Inputs: {@code query} q [N, D]; {@code key} k [N, D], a constant; {@code queue} [K, D], rows of
 * unit length, a constant. Equal similarities give log(K + 1). Metrics: {@code cosine}, the mean
 * cosine of query and key; {@code accuracy}, the share of queries nearer to their key than to all
 * of the queue.
 */
public final class MocoObjective implements Objective {
  /** q, the student's projection of one view. */
  public static final String QUERY = "query";

  /** k, the teacher's projection of the other view. */
  public static final String KEY = "key";

  /** Keys of earlier images. */
  public static final String QUEUE = "queue";

  private final double temperature;

  /**
   * @param temperature T, over 0
   */
  public MocoObjective(double temperature) {
    this.temperature = temperature;
  }

  /** Loss where all similarities are equal, for a queue of so many keys. */
  public static double chanceLevel(long queue) {
    return Math.log(queue + 1.0);
  }

  @Override
  public Set<String> inputs() {
    return Set.of(QUERY, KEY, QUEUE);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(QUERY);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("moco", inputs);
    Tensor[] pair = in.pair(QUERY, KEY);
    Tensor queue = in.matrix(QUEUE);
    in.equal("columns", pair[0].size(1), QUERY, queue.size(1), QUEUE);
    UnitRows q = UnitRows.of(pair[0]);
    Tensor k = UnitRows.of(pair[1]).unit();

    Tensor cosine = q.unit().mul(k).sum(true, 1);
    Tensor positive = cosine.mul(1 / temperature);
    Tensor negative = q.unit().matmul(queue.permute(1, 0)).mul(1 / temperature);
    Tensor nearest = negative.max(true, 1);
    Tensor shift = nearest.maximum(positive);
    Tensor atPositive = positive.sub(shift).exp();
    Tensor atNegative = negative.sub(shift).exp();
    Tensor total = atNegative.sum(true, 1).add(atPositive);
    Tensor loss = total.log().add(shift).sub(positive).mean(false);
    Tensor pull = k.mul(atPositive.div(total).add(-1));
    Tensor push = atNegative.div(total).matmul(queue);
    Tensor gradient = q.back(pull.add(push).mul(1 / (temperature * k.size(0))));
    return new LossAndGradients(
        loss,
        Map.of(QUERY, gradient),
        Map.of(
            "cosine", cosine.mean(false),
            "accuracy", positive.greater(nearest).mean(false)));
  }
}
