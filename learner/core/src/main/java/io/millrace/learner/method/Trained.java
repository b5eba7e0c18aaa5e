package io.millrace.learner.method;

import io.millrace.learner.optim.Optimiser;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * The networks of a state that one optimiser trains together. What the optimiser remembers lies in
 * the state as {@code <network>.<memory>}, the number of updates as a counter.
 */
record Trained(String counter, List<String> networks, Optimiser optimiser) {

  /** Adds the optimiser's zeroed memory to a fresh state. */
  void addMemory(MethodState state) {
    Engine engine = state.engine();
    for (String name : networks) {
      for (String slot : optimiser.memory()) {
        state.add(name + "." + slot, engine.zeros(state.network(name).layout().parameterCount()));
      }
    }
    state.counter(counter, 0);
  }

  /** Updates before this one. */
  long updates(MethodState state) {
    return state.counter(counter);
  }

  /** Sum of squares of all gradients, a scalar. */
  Tensor squaredGradientNorm(MethodState state) {
    Tensor sum = null;
    for (String name : networks) {
      Tensor g = state.network(name).gradients();
      Tensor square = g.mul(g).sum(false);
      sum = sum == null ? square : sum.add(square);
    }
    if (sum == null) {
      throw new IllegalStateException("no networks are trained");
    }
    return sum;
  }

  /** One update of every network; their gradients are zero afterwards. */
  void update(MethodState state, double rate) {
    for (String name : networks) {
      Network network = state.network(name);
      List<Tensor> memory =
          optimiser.memory().stream().map(slot -> state.tensor(name + "." + slot)).toList();
      optimiser.update(
          network.parameters(),
          network.gradients(),
          memory,
          network.layout(),
          rate,
          updates(state));
      network.clearGradients();
    }
    state.counter(counter, updates(state) + 1);
  }
}
