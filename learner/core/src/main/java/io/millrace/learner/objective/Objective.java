package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/**
 * A loss and its gradients in closed form. Pure: the same inputs give the same answer and change
 * nothing. The same object trains the student and answers an auxiliary-loss call.
 */
public interface Objective {
  /** Names of the inputs {@link #evaluate} needs. */
  Set<String> inputs();

  /** The inputs a gradient is returned for. */
  Set<String> differentiable();

  /**
   * Value and gradients. The loss is a scalar, a gradient has its input's shape.
   *
   * @throws IllegalArgumentException naming an input that is missing or whose shape does not fit
   */
  LossAndGradients evaluate(Map<String, Tensor> inputs);
}
