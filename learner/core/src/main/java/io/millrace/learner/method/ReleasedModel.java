package io.millrace.learner.method;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;

/** What a release holds, on an engine. Networks and tensors stay its own: callers close neither. */
public interface ReleasedModel {
  /** Where it runs. */
  Engine engine();

  /**
   * A network by the name it has in the method's state.
   *
   * @throws IllegalArgumentException naming the networks there are
   */
  Network network(String name);

  /**
   * A tensor that {@link Method#releasedTensors} names, of the shape it had in the state.
   *
   * @throws IllegalArgumentException when the release has none of this name
   */
  Tensor tensor(String name);
}
