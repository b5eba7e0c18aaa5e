package io.millrace.learner.method.distillation;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.ReleasedModel;
import io.millrace.learner.objective.FeatureCosineObjective;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;

/**
 * Distillation as a call: the release is the teacher, whichever method it was learned by; the
 * client sends its own features after an adapter to the length of the release's.
 *
 * @param teacher the release's representation
 * @param features length of its output
 * @param settings say which objective
 */
record DistillationHook(String teacher, int features, DistillationSettings settings)
    implements AuxiliaryHook {
  @Override
  public Objective objective() {
    return settings.objective();
  }

  @Override
  public Map<String, Integer> predictions() {
    return Map.of(FeatureCosineObjective.STUDENT, features);
  }

  @Override
  public Map<String, Tensor> targets(ReleasedModel model, Tensor view) {
    try (Activations made = model.network(teacher).forward(view, Mode.EVAL, false)) {
      return Map.of(FeatureCosineObjective.TEACHER, settings.target(made.output()).copy());
    }
  }

  @Override
  public Map<String, Double> parameters() {
    return settings.isLogits() ? Map.of("temperature", settings.temperature()) : Map.of();
  }
}
