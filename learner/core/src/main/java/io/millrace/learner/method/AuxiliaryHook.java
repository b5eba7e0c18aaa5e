package io.millrace.learner.method;

import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * A method's loss as a stateless call for others' training: a client sends what it predicts and the
 * pixels of the view that the teacher sees, and gets the objective's value and its gradients with
 * respect to the predictions. Nothing of the release changes; its networks run in EVAL mode, so
 * that an answer depends on no other image.
 */
public interface AuxiliaryHook {
  /** The loss: the very object that trains the student. */
  Objective objective();

  /** Inputs of the objective that the client sends, [rows, columns]: columns by name. */
  Map<String, Integer> predictions();

  /** Name of the network that gives the targets. */
  String teacher();

  /**
   * The teacher's targets of a view: inputs of the objective, one row for each image.
   *
   * @param view normalized pixels [images, 3, side, side]
   * @return by name, each of the shape the objective documents, such as [dimension, words] of
   *     generated weights; belongs to the caller's scope
   */
  Map<String, Tensor> targets(ReleasedModel model, Tensor view);

  /** Names of {@link #constants}. */
  default Set<String> constantNames() {
    return Set.of();
  }

  /**
   * Inputs of the objective that depend on the release alone, such as generated weights.
   *
   * @return by name; belongs to the caller's scope
   */
  default Map<String, Tensor> constants(ReleasedModel model) {
    return Map.of();
  }

  /** Numbers of the objective, such as temperatures: with them a client can compute it itself. */
  default Map<String, Double> parameters() {
    return Map.of();
  }
}
