package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Map;

/**
 * What an objective says of its inputs.
 *
 * @param loss scalar tensor to be minimized
 * @param gradients by input name: derivative of the loss with respect to that input, same shape
 * @param metrics side results for monitors, scalar tensors by name
 */
public record LossAndGradients(
    Tensor loss, Map<String, Tensor> gradients, Map<String, Tensor> metrics) {
  public LossAndGradients {
    gradients = Map.copyOf(gradients);
    metrics = Map.copyOf(metrics);
  }
}
