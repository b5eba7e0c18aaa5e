package io.millrace.learner.checkpoint;

import java.util.Map;

/**
 * A method's state off the device.
 *
 * @param tensors networks' flat vectors ({@code student.parameters}), optimiser state, vocabularies
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
}
