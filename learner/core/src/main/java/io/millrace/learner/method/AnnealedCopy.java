package io.millrace.learner.method;

import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.Network;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A state as it would be after a few more updates at a rate that falls to 0 in a straight line.
 * Every published recipe ends that way; a stream has no end, so that only a copy can.
 *
 * <pre>
 * rate of update i of n:  (n − i) ÷ n · rate,   i = 0 … n − 1
 * </pre>
 */
public final class AnnealedCopy {
  private static final Logger LOG = LoggerFactory.getLogger(AnnealedCopy.class);

  private AnnealedCopy() {}

  /**
   * Looks at the annealed state. Meanwhile the state itself is the copy; afterwards, whatever
   * happens, it is bit for bit what it was.
   *
   * @param batches what update i learns from
   * @param look called once, after the last update
   */
  public static <T> T during(
      Method method,
      MethodState state,
      int updates,
      IntFunction<ImageBatch> batches,
      Supplier<T> look) {
    StateSnapshot before = state.snapshot();
    try {
      anneal(method, state, updates, batches);
      return look.get();
    } finally {
      state.networks().values().forEach(Network::clearGradients);
      state.restore(before);
    }
  }

  private static void anneal(
      Method method, MethodState state, int updates, IntFunction<ImageBatch> batches) {
    double full = state.scalarOr(MethodState.RATE_FACTOR, 1);
    try (var before = new UpdateRollback(state)) {
      for (int i = 0; i < updates; i++) {
        state.scalar(MethodState.RATE_FACTOR, full * (updates - i) / updates);
        before.take();
        try {
          method.step(batches.apply(i), state);
        } catch (NonFiniteUpdateException e) {
          before.restore();
          LOG.warn("update {} of {} before a release is skipped: {}", i, updates, e.getMessage());
        }
      }
    }
    state.scalar(MethodState.RATE_FACTOR, full);
  }
}
