package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Distillation of features: the student's are the teacher's.
 *
 * <pre>
 * L = Σ (s − t)² / (N·D),   ∂L/∂s = 2 (s − t) / (N·D)
 * </pre>
 *
 * Inputs: {@code student} s [N, D], {@code teacher} t [N, D], a constant. Metric: {@code
 * uninformed}, the mean variance of the teacher's dimensions over the batch, which is the loss of
 * the best prediction that is the same for every image.
 */
public final class FeatureMseObjective implements Objective {
  /** s, the student's features after its adapter. */
  public static final String STUDENT = FeatureCosineObjective.STUDENT;

  /** t, the teacher's features. */
  public static final String TEACHER = FeatureCosineObjective.TEACHER;

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
    Tensor[] pair = new Inputs("feature-mse", inputs).pair(STUDENT, TEACHER);
    Tensor difference = pair[0].sub(pair[1]);
    Tensor spread = pair[1].sub(pair[1].mean(true, 0));
    return new LossAndGradients(
        difference.mul(difference).mean(false),
        Map.of(STUDENT, difference.mul(2.0 / difference.size())),
        Map.of(FeatureCosineObjective.CHANCE_LEVEL, spread.mul(spread).mean(false)));
  }
}
