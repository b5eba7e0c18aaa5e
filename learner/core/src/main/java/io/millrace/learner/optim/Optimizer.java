package io.millrace.learner.optim;

import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * One update of a network's flat parameter vector. Holds settings only; what it remembers are
 * vectors of the parameters' length that the caller keeps and names after {@link #memory()}.
 */
public interface Optimizer {
  /** Names of the vectors this optimizer remembers, zero before the first update. */
  List<String> memory();

  /**
   * Changes parameters and memory in place.
   *
   * @param parameters flat parameters [n]
   * @param gradients their gradients, left as they are
   * @param memory vectors in the order of {@link #memory()}
   * @param layout where each tensor lies
   * @param rate learning rate of this update
   * @param updates updates before this one
   */
  void update(
      Tensor parameters,
      Tensor gradients,
      List<Tensor> memory,
      SegmentLayout layout,
      double rate,
      long updates);
}
