package io.millrace.learner.method;

import io.millrace.learner.objective.ByolObjective;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;

/**
 * BYOL's loss as a call: the client predicts the projection that a teacher and its projector make
 * of the view.
 *
 * @param teacher network that sees the view
 * @param projector network on top of it
 * @param projection length of a projection
 */
record ByolHook(String teacher, String projector, int projection) implements AuxiliaryHook {
  @Override
  public Objective objective() {
    return new ByolObjective();
  }

  @Override
  public Map<String, Integer> predictions() {
    return Map.of(ByolObjective.PREDICTION, projection);
  }

  @Override
  public Map<String, Tensor> targets(ReleasedModel model, Tensor view) {
    return Map.of(ByolObjective.TARGET, projected(model, teacher, projector, view));
  }

  /** projector(teacher(view)) in EVAL mode. */
  static Tensor projected(ReleasedModel model, String teacher, String projector, Tensor view) {
    try (Activations f = model.network(teacher).forward(view, Mode.EVAL, false);
        Activations z = model.network(projector).forward(f.output(), Mode.EVAL, false)) {
      return z.output().copy();
    }
  }
}
