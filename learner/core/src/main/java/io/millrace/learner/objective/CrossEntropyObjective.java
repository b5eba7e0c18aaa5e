package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Softmax cross-entropy (Goodfellow, Bengio and Courville 2016, section 6.2.2.3):
 *
 * <pre>
 * L = −1/N · Σ_i Σ_k t_ik log p_ik,   p_i = softmax(l_i),   L ≥ 0
 * ∂L/∂l_ik = 1/N · (p_ik Σ_j t_ij − t_ik)
 * </pre>
 *
 * Inputs: {@code logits} l [N, K], {@code targets} t [N, K], constants: one-hot, or soft with rows
 * of sum 1. Mean over the batch, in nats. The chance-level loss is {@link #chanceLevel}. Metric:
 * {@code accuracy}, the share of rows whose largest logit is that of the largest target.
 */
public final class CrossEntropyObjective implements Objective {
  /** l, before the softmax. */
  public static final String LOGITS = "logits";

  /** t, the classes that are right. */
  public static final String TARGETS = "targets";

  /** Loss of equal logits for one-hot targets: log K. */
  public static double chanceLevel(int classes) {
    return Math.log(classes);
  }

  @Override
  public Set<String> inputs() {
    return Set.of(LOGITS, TARGETS);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(LOGITS);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("cross-entropy", inputs);
    Tensor l = in.matrix(LOGITS);
    Tensor t = in.matrix(TARGETS);
    in.equal("rows", l.size(0), LOGITS, t.size(0), TARGETS);
    in.equal("columns", l.size(1), LOGITS, t.size(1), TARGETS);

    double n = l.size(0);
    Tensor loss = l.logSoftmax(1).mul(t).sum(false).mul(-1 / n);
    Tensor gradient = l.softmax(1).mul(t.sum(true, 1)).sub(t).mul(1 / n);
    Tensor accuracy = l.argmax(1).equalTo(t.argmax(1)).mean(false);
    return new LossAndGradients(loss, Map.of(LOGITS, gradient), Map.of("accuracy", accuracy));
  }
}
