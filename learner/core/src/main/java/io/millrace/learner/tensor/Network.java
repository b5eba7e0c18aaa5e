package io.millrace.learner.tensor;

import java.util.Optional;

/**
 * A differentiable function with its parameters in one flat vector.
 *
 * <p>{@link #parameters()}, {@link #gradients()} and {@link #statistics()} are live: writing in
 * place changes the network. Offsets of single tensors are in {@link #layout()}. Gradients
 * accumulate over backward passes until {@link #clearGradients()}. Each forward pass is live on its
 * own until its {@link Activations} are closed.
 */
public interface Network extends AutoCloseable {
  NetworkSpec spec();

  SegmentLayout layout();

  /** Trainable parameters, [parameterCount]. */
  Tensor parameters();

  /** Accumulated gradients of the parameters, [parameterCount]. */
  Tensor gradients();

  /** Running statistics, [statisticCount]. */
  Tensor statistics();

  /**
   * Runs the network.
   *
   * @param x input [batch, ...spec.input]
   * @param mode behavior of normalization layers
   * @param keepGraph whether a backward pass may follow; without it memory is freed at once
   */
  Activations forward(Tensor x, Mode mode, boolean keepGraph);

  /**
   * A forward pass of x [N, …], N inputs of the specification's shape, that can be followed by a
   * backward pass, except in {@link Mode#EVAL}.
   */
  default Activations forward(Tensor x, Mode mode) {
    return forward(x, mode, mode != Mode.EVAL);
  }

  /** Sets every gradient to zero. */
  void clearGradients();

  /**
   * Another network on the same parameters, live, with gradients and statistics of its own; closed
   * before this one is. Empty where an engine has none.
   */
  default Optional<Network> twin() {
    return Optional.empty();
  }

  @Override
  void close();
}
