package io.millrace.serving.auxloss;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import io.millrace.serving.embed.ServedModel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Answers for a release's hook: the targets of a view, and the loss and gradient of predictions of
 * them. Changes nothing; on the thread that runs the model.
 */
public final class HookEvaluator {
  private HookEvaluator() {}

  /**
   * An answer.
   *
   * @param loss the objective's value
   * @param gradients its derivative by each prediction, shaped like it
   */
  public record Answer(float loss, Map<String, DenseArray> gradients) {}

  /**
   * Loss and gradients.
   *
   * @param view normalized pixels [images, 3, side, side]
   * @param predictions what the hook asks for, by name
   * @throws IllegalArgumentException naming a prediction whose shape does not fit
   */
  public static Answer of(
      ServedModel model, AuxiliaryHook hook, DenseArray view, Map<String, DenseArray> predictions) {
    Map<String, Tensor> constants = model.prepare(hook);
    try (var scope = model.engine().scope()) {
      var inputs = new HashMap<>(constants);
      inputs.putAll(hook.targets(model, device(model, view)));
      predictions.forEach((name, values) -> inputs.put(name, device(model, values)));
      LossAndGradients answer = hook.objective().evaluate(inputs);
      var gradients = new TreeMap<String, DenseArray>();
      for (String name : hook.predictions().keySet()) {
        gradients.put(name, host(Objects.requireNonNull(answer.gradients().get(name))));
      }
      return new Answer((float) answer.loss().item(), gradients);
    }
  }

  /** Prefix of a feature map's name. */
  public static final String MAP = "map.";

  /** The teacher's own output. */
  public static final String FEATURES = "features";

  /**
   * The teacher's targets of a view: the objective's targets by name, always; the hook's constants,
   * {@link #FEATURES} and {@link #MAP}{@code <stage>} where they are wanted.
   *
   * @param view normalized pixels [images, 3, side, side]
   * @param wanted names besides the targets'
   */
  public static Map<String, DenseArray> teacher(
      ServedModel model, AuxiliaryHook hook, DenseArray view, Set<String> wanted) {
    Map<String, Tensor> constants = model.prepare(hook);
    try (var scope = model.engine().scope()) {
      Tensor pixels = device(model, view);
      var out = new TreeMap<String, DenseArray>();
      hook.targets(model, pixels).forEach((name, tensor) -> out.put(name, host(tensor)));
      constants.forEach(
          (name, tensor) -> {
            if (wanted.contains(name)) {
              out.put(name, host(tensor));
            }
          });
      if (!constants.keySet().containsAll(wanted)) {
        try (Activations seen = model.network(hook.teacher()).forward(pixels, Mode.EVAL, false)) {
          for (String name : wanted) {
            if (name.equals(FEATURES)) {
              out.put(name, host(seen.output()));
            } else if (name.startsWith(MAP)) {
              out.put(name, host(seen.tap(name.substring(MAP.length()))));
            }
          }
        }
      }
      return out;
    }
  }

  private static Tensor device(ServedModel model, DenseArray values) {
    return model.engine().tensor(values.values(), values.lengths());
  }

  private static DenseArray host(Tensor tensor) {
    return new DenseArray(Arrays.stream(tensor.shape()).boxed().toList(), tensor.toFloats());
  }
}
