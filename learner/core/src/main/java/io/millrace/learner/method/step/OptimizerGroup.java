package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.NonFiniteUpdateException;
import io.millrace.learner.optim.Optimizer;
import io.millrace.learner.optim.OptimizerSettings;
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
 *
 * @param clipNorm largest norm of the gradient over all of them; 0 for none
 * @param slow the network that begins later or learns more slowly
 */
public record OptimizerGroup(
    String counter, List<String> networks, Optimizer optimizer, double clipNorm, Slow slow) {
  /**
   * A network that learns otherwise than the others.
   *
   * @param network its name; empty for none
   * @param frozenUpdates updates for which it stays as it is
   * @param rateFactor its rate ÷ the others'
   */
  public record Slow(String network, long frozenUpdates, double rateFactor) {
    /** All learn alike. */
    public static final Slow NONE = new Slow("", 0, 1);
  }

  /** With an optimizer as its settings say. */
  public OptimizerGroup(String counter, List<String> networks, OptimizerSettings settings) {
    this(counter, networks, settings, Slow.NONE);
  }

  /** The same where one of them learns otherwise. */
  public OptimizerGroup(
      String counter, List<String> networks, OptimizerSettings settings, Slow slow) {
    this(counter, networks, settings.optimizer(), settings.clipNorm(), slow);
  }

  /** Whether the slow network stays as it is at the next update. */
  public boolean isFrozen(MethodState state) {
    return updates(state) < slow.frozenUpdates();
  }

  /** The same but for one network. */
  public OptimizerGroup without(String network) {
    return new OptimizerGroup(
        counter,
        networks.stream().filter(name -> !name.equals(network)).toList(),
        optimizer,
        clipNorm,
        slow);
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
   *
   * @param images of the batch it learns from
   */
  public double rate(MethodState state, Schedule schedule, int images) {
    long rewarms = state.counter(MethodState.REWARMS);
    if (state.counter(counter + ".rewarms") != rewarms) {
      state.counter(counter + ".rewarms", rewarms);
      state.counter(counter + ".origin", updates(state));
    }
    return schedule.at(updates(state) - state.counter(counter + ".origin"), images)
        * state.scalarOr(MethodState.RATE_FACTOR, 1);
  }

  /**
   * One update of every network; their gradients are zero afterwards.
   *
   * @return sum of squares of the gradients, before they were clipped, a scalar
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
    boolean frozen = isFrozen(state);
    if (clipNorm > 0) {
      clip(state, frozen ? without(other).without(slow.network()) : without(other), value);
    }
    for (String name : networks) {
      Network network = state.network(name);
      boolean isSlow = name.equals(slow.network());
      if (name.equals(other)) {
        update.accept(network);
        continue;
      }
      if (isSlow && frozen) {
        network.clearGradients();
        continue;
      }
      List<Tensor> memory =
          optimizer.memory().stream().map(slot -> state.tensor(name + "." + slot)).toList();
      optimizer.update(
          network.parameters(),
          network.gradients(),
          memory,
          network.layout(),
          isSlow ? rate * slow.rateFactor() : rate,
          updates(state));
      network.clearGradients();
    }
    state.counter(counter, updates(state) + 1);
    return square;
  }

  /** Shortens the gradients that this optimizer uses to the largest norm, as PyTorch does it. */
  private void clip(MethodState state, OptimizerGroup mine, double square) {
    if (mine.networks.isEmpty()) {
      return;
    }
    boolean all = mine.networks.size() == networks.size();
    double norm = Math.sqrt(all ? square : mine.squaredGradientNorm(state).item());
    if (norm > clipNorm) {
      double factor = clipNorm / (norm + 1e-6);
      mine.networks.forEach(name -> state.network(name).gradients().scaleIn(factor));
    }
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
