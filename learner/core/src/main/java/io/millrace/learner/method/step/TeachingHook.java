package io.millrace.learner.method.step;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.ReleasedModel;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A loss between what a client predicts and the output of the release's networks for the view.
 *
 * @param objective its inputs are the prediction, the target and the constants
 * @param prediction name of what the client sends
 * @param length its columns
 * @param target name of what the chain gives
 * @param networks the chain: the teacher, then what is on top of it
 * @param constantNames tensors of the release that are inputs under their own names
 * @param parameters numbers of the objective
 */
public record TeachingHook(
    Objective objective,
    String prediction,
    int length,
    String target,
    List<String> networks,
    Set<String> constantNames,
    Map<String, Double> parameters)
    implements AuxiliaryHook {

  /** Without constants and numbers. */
  public TeachingHook(
      Objective objective, String prediction, int length, String target, List<String> networks) {
    this(objective, prediction, length, target, networks, Set.of(), Map.of());
  }

  @Override
  public Map<String, Integer> predictions() {
    return Map.of(prediction, length);
  }

  @Override
  public String teacher() {
    return networks.get(0);
  }

  @Override
  public Map<String, Tensor> targets(ReleasedModel model, Tensor view) {
    Tensor x = view;
    for (String name : networks) {
      try (Activations made = model.network(name).forward(x, Mode.EVAL, false)) {
        x = made.output().copy();
      }
    }
    return Map.of(target, x);
  }

  @Override
  public Map<String, Tensor> constants(ReleasedModel model) {
    var out = new HashMap<String, Tensor>();
    constantNames.forEach(name -> out.put(name, model.tensor(name).copy()));
    return out;
  }
}
