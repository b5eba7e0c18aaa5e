package io.millrace.learner.method;

import io.millrace.learner.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an update touches before its optimizer runs, as it was: running statistics, counters,
 * scalars, and the small tensors of a method's state. Taken before each update, so that one whose
 * loss is not finite leaves nothing behind.
 */
public final class UpdateRollback implements AutoCloseable {
  private static final long SMALL = 65_536;

  private final MethodState state;
  private final Map<Tensor, Tensor> copies = new LinkedHashMap<>();
  private Map<String, Long> counters = Map.of();
  private Map<String, Double> scalars = Map.of();

  /** Room for copies of a state's small tensors. */
  public UpdateRollback(MethodState state) {
    this.state = state;
    state.networks().values().forEach(network -> room(network.statistics()));
    state.tensors().forEach(this::room);
  }

  private void room(Tensor tensor) {
    if (tensor.size() > 0 && tensor.size() <= SMALL) {
      copies.put(tensor, tensor.copy());
    }
  }

  /** Takes the copies. */
  public void take() {
    counters = state.counters();
    scalars = state.scalars();
    copies.forEach((tensor, copy) -> copy.copyIn(tensor));
  }

  /** Puts them back. */
  public void restore() {
    state.replace(counters, scalars);
    copies.forEach(Tensor::copyIn);
  }

  @Override
  public void close() {
    copies.values().forEach(Tensor::close);
  }
}
