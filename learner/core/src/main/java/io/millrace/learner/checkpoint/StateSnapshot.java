package io.millrace.learner.checkpoint;

import java.util.Map;
import java.util.Set;

/**
 * A method's state off the device.
 *
 * @param tensors networks' flat vectors ({@code student.parameters}), optimizer state, vocabularies
 * @param counters whole numbers: step, queue pointer, phase
 * @param scalars numbers such as running means
 */
public record StateSnapshot(
    Map<String, HostTensor> tensors, Map<String, Long> counters, Map<String, Double> scalars) {
  public StateSnapshot {
    tensors = Map.copyOf(tensors);
    counters = Map.copyOf(counters);
    scalars = Map.copyOf(scalars);
  }

  /** The same with what it holds under {@linkplain FormerNames former names} under these. */
  public StateSnapshot under(
      Set<String> tensorNames, Set<String> counterNames, Set<String> scalarNames) {
    return new StateSnapshot(
        FormerNames.under(tensorNames, tensors),
        FormerNames.under(counterNames, counters),
        FormerNames.under(scalarNames, scalars));
  }
}
