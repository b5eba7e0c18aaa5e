package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Distillation of softened logits (Hinton, Vinyals, Dean 2015, section 2):
 *
 * <pre>
 * p = softmax(t / T),   q = softmax(s / T),   L = T² · mean_i Σ_k p_ik (log p_ik − log q_ik) ≥ 0
 * ∂L/∂s = T / N · (q − p)
 * </pre>
 *
 * The factor T² keeps the gradient's size whatever T is. Inputs: {@code student} s [N, K], {@code
 * teacher} t [N, K], a constant. Metrics: {@code uninformed}, the loss of a uniform prediction;
 * {@code agreement}, the share of images where both have the same largest logit.
 */
public final class SoftLogitsObjective implements Objective {
  /** s, the student's logits. */
  public static final String STUDENT = FeatureCosineObjective.STUDENT;

  /** t, the teacher's logits. */
  public static final String TEACHER = FeatureCosineObjective.TEACHER;

  private final double temperature;

  /**
   * @param temperature T, over 0
   */
  public SoftLogitsObjective(double temperature) {
    this.temperature = temperature;
  }

  @Override
  public Set<String> inputs() {
    return Set.of(STUDENT, TEACHER);
  }

  @Override
  public Set<String> differentiable() {
    return Set.of(STUDENT);
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    Tensor[] pair = new Inputs("soft-logits", inputs).pair(STUDENT, TEACHER);
    double n = pair[0].size(0);
    Tensor logQ = pair[0].mul(1 / temperature).logSoftmax(1);
    Tensor logP = pair[1].mul(1 / temperature).logSoftmax(1);
    Tensor p = logP.exp();
    double weight = temperature * temperature / n;
    Tensor loss = p.mul(logP.sub(logQ)).sum(false).mul(weight);
    Tensor chanceLevel = p.mul(logP.add(Math.log(p.size(1)))).sum(false).mul(weight);
    return new LossAndGradients(
        loss,
        Map.of(STUDENT, logQ.exp().sub(p).mul(temperature / n)),
        Map.of(
            FeatureCosineObjective.CHANCE_LEVEL,
            chanceLevel,
            "agreement",
            logQ.argmax(1).equalTo(logP.argmax(1)).mean(false)));
  }
}
