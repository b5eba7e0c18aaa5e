package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.optim.Optimizer;
import io.millrace.learner.optim.Schedule;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The networks of a state that one optimizer trains together. What the optimizer remembers lies in
 * the state as {@code <network>.<memory>}, the number of updates as a counter.
 */
public record OptimizerGroup(String counter, List<String> networks, Optimizer optimizer) {

  /** The same but for one network. */
  public OptimizerGroup without(String network) {
    return new OptimizerGroup(
        counter, networks.stream().filter(name -> !name.equals(network)).toList(), optimizer);
  }

  /** Adds the optimizer's zeroed memory to a fresh state. */
  public void addMemory(MethodState state) {
    Engine engine = state.engine();
    for (String name : networks) {
      for (String slot : optimizer.memory()) {
        state.add(name + "." + slot, engine.zeros(state.network(name).layout().parameterCount()));
      }
    }
    state.counter(counter, 0);
  }

  /** Forgets everything, for a task that begins. */
  public void restart(MethodState state) {
    for (String name : networks) {
      optimizer.memory().forEach(slot -> state.tensor(name + "." + slot).fillIn(0));
    }
    state.counter(counter, 0);
  }

  /** Updates before this one. */
  public long updates(MethodState state) {
    return state.counter(counter);
  }

  /** Sum of squares of all gradients, a scalar. */
  public Tensor squaredGradientNorm(MethodState state) {
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

  /**
   * The rate of the next update: the schedule's, counted from where it last began anew, times what
   * the guard lowered it to.
   */
  public double rate(MethodState state, Schedule schedule) {
    long rewarms = state.counter(MethodState.REWARMS);
    if (state.counter(counter + ".rewarms") != rewarms) {
      state.counter(counter + ".rewarms", rewarms);
      state.counter(counter + ".origin", updates(state));
    }
    return schedule.at(updates(state) - state.counter(counter + ".origin"))
        * state.scalarOr(MethodState.RATE_FACTOR, 1);
  }

  /**
   * One update of every network; their gradients are zero afterwards.
   *
   * @return sum of squares of the gradients it used, a scalar
   * @throws NonFiniteUpdateException where that is not finite; nothing was updated then
   */
  public Tensor update(MethodState state, double rate) {
    return update(state, rate, "", network -> {});
  }

  /** The same where one of the networks is updated, and its gradients cleared, by somebody else. */
  public Tensor update(MethodState state, double rate, String other, Consumer<Network> update) {
    Tensor square = squaredGradientNorm(state);
    double value = square.item();
    requireFinite(state, value);
    for (String name : networks) {
      Network network = state.network(name);
      if (name.equals(other)) {
        update.accept(network);
        continue;
      }
      List<Tensor> memory =
          optimizer.memory().stream().map(slot -> state.tensor(name + "." + slot)).toList();
      optimizer.update(
          network.parameters(),
          network.gradients(),
          memory,
          network.layout(),
          rate,
          updates(state));
      network.clearGradients();
    }
    state.counter(counter, updates(state) + 1);
    return square;
  }

  /**
   * Requires a squared gradient norm that is a number.
   *
   * @throws NonFiniteUpdateException where it is none; the gradients are cleared then
   */
  private void requireFinite(MethodState state, double square) {
    if (!Double.isFinite(square)) {
      clearGradients(state);
      throw new NonFiniteUpdateException("the squared gradient norm", square);
    }
  }

  /**
   * Requires that all gradients are numbers.
   *
   * @throws NonFiniteUpdateException where one is none; they are cleared then
   */
  public void requireFinite(MethodState state) {
    requireFinite(state, squaredGradientNorm(state).item());
  }

  /** What an update changes: parameters and the optimizer's memory, vectors [parameters]. */
  public List<Tensor> changing(MethodState state) {
    var tensors = new ArrayList<Tensor>();
    for (String name : networks) {
      tensors.add(state.network(name).parameters());
      optimizer.memory().forEach(slot -> tensors.add(state.tensor(name + "." + slot)));
    }
    return tensors;
  }

  /** Drops what backward passes added. */
  public void clearGradients(MethodState state) {
    networks.forEach(name -> state.network(name).clearGradients());
  }
}
