package io.millrace.learner.auxiliary;

import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;

/** What the backbone is for: a supervised loss with a head of its own. */
@FunctionalInterface
public interface TaskLoss {
  /**
   * One forward and backward pass: adds the loss's gradients to those of the backbone and of the
   * task's own head.
   *
   * @return the loss, a scalar in the open scope
   */
  Tensor accumulate(Network backbone);
}
