package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;

/** Networks of a fresh state. */
final class FreshNetworks {
  private FreshNetworks() {}

  /** Adds a network with its initial weights; in a part of a state, one that is shared is there. */
  static Network add(MethodState state, NetworkSpec spec, long seed) {
    if (state.shares(spec.name())) {
      return state.network(spec.name());
    }
    Engine engine = state.engine();
    Network network = state.add(spec.name(), engine.network(spec));
    Initializer.initialize(engine, network, seed);
    return network;
  }
}
