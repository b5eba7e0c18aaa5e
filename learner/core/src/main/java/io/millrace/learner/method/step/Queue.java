package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.tensor.Tensor;

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
    Tensor queue = state.tensor(name);
    long pointer = state.counter(pointer());
    long n = rows.size(0);
    for (long done = Math.max(0, n - length); done < n; ) {
      long here = Math.min(n - done, length - pointer);
      queue.slice(0, pointer, pointer + here).copyIn(rows.slice(0, done, done + here));
      pointer = (pointer + here) % length;
      done += here;
    }
    state.counter(pointer(), pointer);
  }

  private String pointer() {
    return name + ".pointer";
  }
}
