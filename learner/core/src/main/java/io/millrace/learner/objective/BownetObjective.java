package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * BoWNet's loss (Gidaris et al. 2020, equation 5): the cross-entropy of a predicted histogram of
 * visual words, less the entropy of the true one, which no gradient knows, so that 0 is perfect.
 *
 * <pre>
 * p_i = softmax(l_i),   L = 1/N · Σ_i KL(t_i ‖ p_i) = 1/N · Σ_i Σ_k t_ik (log t_ik − log p_ik)
 * ∂L/∂l_i = (p_i − t_i) / N
 * </pre>
 *
 * Inputs: {@code logits} l [N, K], {@code histograms} t [N, K], rows of sum 1, constants. Mean over
 * the batch, in nats. Metric: {@code uninformed}, the loss of equal logits.
 */
public final class BownetObjective implements Objective {
  /** l, before the softmax. */
  public static final String LOGITS = "logits";

  /** t, the histograms of the clean images. */
  public static final String HISTOGRAMS = "histograms";

  /** Metric: the loss of equal logits. */
  public static final String CHANCE_LEVEL = "uninformed";

  private final CrossEntropyObjective crossEntropy = new CrossEntropyObjective();

  @Override
  public Set<String> inputs() {
    return Set.of(LOGITS, HISTOGRAMS);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(LOGITS);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("bownet", inputs);
    Tensor t = in.matrix(HISTOGRAMS);
    LossAndGradients evaluated =
        crossEntropy.evaluate(
            Map.of(
                CrossEntropyObjective.LOGITS, in.matrix(LOGITS), CrossEntropyObjective.TARGETS, t));
    Tensor negativeEntropy = t.mul(t.clamp(1e-30, 1).log()).sum(false).mul(1.0 / t.size(0));
    return new LossAndGradients(
        evaluated.loss().add(negativeEntropy),
        evaluated.gradients(),
        Map.of(CHANCE_LEVEL, negativeEntropy.add(Math.log(t.size(1)))));
  }
}
