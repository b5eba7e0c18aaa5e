package io.millrace.learner.method;

import io.millrace.learner.objective.ByolObjective;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;

/**
 * A loss between a client's prediction and the projection of the view, as BYOL's and SimSiam's.
 *
 * @param objective with the inputs {@code prediction} and {@code target}
 * @param teacher network that sees the view
 * @param projector network on top of it
 * @param projection length of a projection
 */
record PredictionHook(Objective objective, String teacher, String projector, int projection)
    implements AuxiliaryHook {
  @Override
  public Map<String, Integer> predictions() {
    return Map.of(ByolObjective.PREDICTION, projection);
  }

  @Override
  public Map<String, Tensor> targets(ReleasedModel model, Tensor view) {
    try (Activations f = model.network(teacher).forward(view, Mode.EVAL, false);
        Activations z = model.network(projector).forward(f.output(), Mode.EVAL, false)) {
      return Map.of(ByolObjective.TARGET, z.output().copy());
    }
  }
}
