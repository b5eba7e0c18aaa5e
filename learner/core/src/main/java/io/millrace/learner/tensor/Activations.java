package io.millrace.learner.tensor;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one forward pass left behind: its output, its taps and the way back. */
public interface Activations extends AutoCloseable {
  /** The name of the network's output among the taps. */
  String OUTPUT = "output";

  /** The network's output [N, …]. Valid until closed. */
  default Tensor output() {
    return tap(OUTPUT);
  }

  /**
   * The output [N, …] of the child that the specification taps under this name.
   *
   * @throws IllegalArgumentException naming the taps there are
   */
  Tensor tap(String name);

  /**
   * One backward pass. May be called once per forward pass.
   *
   * @param gradients by tap name (or {@link #OUTPUT}): derivative of the loss with respect to it,
   *     of the same shape
   * @param wantInput whether to return the derivative with respect to the input
   * @param accumulateParameters whether to add to the network's {@link Network#gradients()}; false
   *     leaves them as they are
   * @return the derivative with respect to the input, or null where not wanted
   * @throws IllegalStateException when the pass kept no graph or went back already
   */
  @Nullable Tensor backward(
      Map<String, Tensor> gradients, boolean wantInput, boolean accumulateParameters);

  /**
   * Backward from the output alone (a gradient of its shape), adding to the parameters' gradients.
   */
  default @Nullable Tensor backward(Tensor gradient, boolean wantInput) {
    return backward(Map.of(OUTPUT, gradient), wantInput, true);
  }

  @Override
  void close();
}
