package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * Distillation of directions: the student's features point where the teacher's do.
 *
 * <pre>
 * L = 1 − mean_i ⟨ŝ_i, t̂_i⟩,   0 ≤ L ≤ 2,   hats divide by the length
 * ∂L/∂s_i = −1/N · (t̂_i − ⟨ŝ_i, t̂_i⟩ ŝ_i) / ‖s_i‖
 * </pre>
 *
 * Inputs: {@code student} s [N, D], {@code teacher} t [N, D], a constant. Metrics: {@code cosine},
 * the mean cosine; {@code uninformed}, 1 − ‖mean_i t̂_i‖, the loss of the best direction that is
 * the same for every image.
 */
public final class FeatureCosineObjective implements Objective {
  /** s, the student's features after its adapter. */
  public static final String STUDENT = "student";

  /** t, the teacher's features. */
  public static final String TEACHER = "teacher";

  /** Metric: the loss of a prediction that is the same for every image. */
  public static final String CHANCE_LEVEL = "uninformed";

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
    var in = new Inputs("feature-cosine", inputs);
    var cosine = MeanCosine.of(in, STUDENT, TEACHER);
    Tensor mean = UnitRows.of(in.matrix(TEACHER)).unit().mean(false, 0);
    Tensor chanceLevel = mean.mul(mean).sum(false).sqrt().mul(-1).add(1);
    return new LossAndGradients(
        cosine.mean().mul(-1).add(1),
        Map.of(STUDENT, cosine.gradient().mul(-1)),
        Map.of("cosine", cosine.mean(), CHANCE_LEVEL, chanceLevel));
  }
}
