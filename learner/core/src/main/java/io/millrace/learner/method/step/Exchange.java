package io.millrace.learner.method.step;

import io.millrace.learner.objective.LossAndGradients;
import io.millrace.learner.objective.Objective;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a step that runs on a shard of the batch gets what depends on the whole batch. Every shard
 * makes the same calls in the same order.
 */
interface Exchange {
  /** The whole batch is here. */
  Exchange NONE =
      new Exchange() {
        @Override
        public int shards() {
          return 1;
        }

        @Override
        public int shard() {
          return 0;
        }

        @Override
        public Tensor gather(Tensor own) {
          return own;
        }

        @Override
        public Tensor mean(Tensor own) {
          return own;
        }

        @Override
        public <R extends @Nullable Object> R once(Supplier<R> work) {
          return work.get();
        }

        @Override
        public <R extends @Nullable Object> R settled(Supplier<R> work) {
          return work.get();
        }

        @Override
        public LossAndGradients evaluate(
            Objective objective, Map<String, Tensor> inputs, Set<String> shared) {
          return objective.evaluate(inputs);
        }
      };

  /** Shards of the batch. */
  int shards();

  /** Which of them this is, from 0. */
  int shard();

  /** Rows [n, …] of all shards, in their order. */
  Tensor gather(Tensor own);

  /** Mean over all shards, of tensors of one shape. */
  Tensor mean(Tensor own);

  /** Does something once in this process, when all its shards are here. */
  <R extends @Nullable Object> R once(Supplier<R> work);

  /** The same after the networks of the whole were given all shards' gradients and statistics. */
  <R extends @Nullable Object> R settled(Supplier<R> work);

  /**
   * Loss of the whole batch and gradients of this shard's rows.
   *
   * @param inputs this shard's rows of each
   * @param shared inputs that are no rows of images and the same in every shard; the gradient by
   *     one of them is the first shard's, and zero for the others
   */
  LossAndGradients evaluate(Objective objective, Map<String, Tensor> inputs, Set<String> shared);
}
