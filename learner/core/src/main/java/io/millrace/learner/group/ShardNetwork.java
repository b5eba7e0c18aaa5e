package io.millrace.learner.group;

import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.ForwardingNetwork;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network as one shard of a step sees it: parameters of the whole, gradients and statistics of
 * its own. It notes whether a step added gradients or moved statistics; every shard of a step does
 * the same, so every rank exchanges the same networks.
 */
final class ShardNetwork extends ForwardingNetwork {
  private boolean learned;
  private boolean moved;

  ShardNetwork(Network network) {
    super(network);
  }

  /** Whether a backward pass has added to the gradients. */
  boolean learned() {
    return learned;
  }

  /** Whether a forward pass has moved the running statistics. */
  boolean moved() {
    return moved;
  }

  void begin() {
    learned = false;
    moved = false;
  }

  @Override
  public Activations forward(Tensor x, Mode mode, boolean keepGraph) {
    moved |= mode == Mode.TRAIN && layout().statisticCount() > 0;
    return new Pass(super.forward(x, mode, keepGraph));
  }

  private final class Pass implements Activations {
    private final Activations pass;

    Pass(Activations pass) {
      this.pass = pass;
    }

    @Override
    public Tensor tap(String name) {
      return pass.tap(name);
    }

    @Override
    public @Nullable Tensor backward(
        Map<String, Tensor> gradients, boolean wantInput, boolean accumulateParameters) {
      learned |= accumulateParameters;
      return pass.backward(gradients, wantInput, accumulateParameters);
    }

    @Override
    public void close() {
      pass.close();
    }
  }
}
