package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Objects;

/**
 * Rows of a tensor of the state, the oldest replaced first.
 *
 * <p>State: the tensor {@code name} [length, columns] and the counter {@code <name>.pointer}, where
 * the next row goes.
 */
public record Queue(String name, int length) {

  /** Adds the initial rows [length, columns] to a fresh state; they are in no scope. */
  public void addTo(MethodState state, Tensor rows) {
    state.add(name, rows);
    state.counter(pointer(), 0);
  }

  /**
   * Replaces the oldest rows by rows [n, columns]. Of more rows than there is room for, the last
   * remain.
   */
  public void enqueue(MethodState state, Tensor rows) {
    enqueue(state, Map.of(name, rows));
  }

  /**
   * The same of several tensors whose rows belong together.
   *
   * @param rows by name of the tensor, as many of each
   */
  public void enqueue(MethodState state, Map<String, Tensor> rows) {
    long pointer = state.counter(pointer());
    long n = Objects.requireNonNull(rows.get(name), name).size(0);
    for (long done = Math.max(0, n - length); done < n; ) {
      long here = Math.min(n - done, length - pointer);
      for (var entry : rows.entrySet()) {
        state
            .tensor(entry.getKey())
            .slice(0, pointer, pointer + here)
            .copyIn(entry.getValue().slice(0, done, done + here));
      }
      pointer = (pointer + here) % length;
      done += here;
    }
    state.counter(pointer(), pointer);
  }

  private String pointer() {
    return name + ".pointer";
  }
}
