package io.millrace.learner.method.step;

import io.millrace.learner.method.MethodState;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Networks of a state one after the other, such as student, projector, predictor; and back. */
public final class SequentialPass implements AutoCloseable {
  private final List<Activations> passes = new ArrayList<>();

  private SequentialPass() {}

  /**
   * Forward of an input [N, …] through the named networks with batch statistics, keeping the way
   * back.
   */
  public static SequentialPass forward(MethodState state, Tensor input, String... networks) {
    return forward(state, input, Mode.TRAIN, true, networks);
  }

  /** The same without a trace in the running statistics. */
  public static SequentialPass forwardAside(MethodState state, Tensor input, String... networks) {
    return forward(state, input, Mode.TRAIN_FROZEN_STATS, true, networks);
  }

  /** The last network's output [N, features] with batch statistics, without a way back. */
  public static Tensor target(MethodState state, Tensor input, String... networks) {
    try (SequentialPass chain = constant(state, input, networks)) {
      return chain.output().copy();
    }
  }

  /**
   * Forward of an input [N, …] through the named networks with batch statistics, without a way
   * back.
   */
  public static SequentialPass constant(MethodState state, Tensor input, String... networks) {
    return forward(state, input, Mode.TRAIN, false, networks);
  }

  private static SequentialPass forward(
      MethodState state, Tensor input, Mode mode, boolean keepGraph, String... networks) {
    var chain = new SequentialPass();
    try {
      Tensor x = input;
      for (String name : networks) {
        Activations pass = state.network(name).forward(x, mode, keepGraph);
        chain.passes.add(pass);
        x = pass.output();
      }
      return chain;
    } catch (RuntimeException | Error e) {
      chain.close();
      throw e;
    }
  }

  /** Output [N, features] of the last network. Valid until closed. */
  public Tensor output() {
    return output(passes.size() - 1);
  }

  /** Output [N, features] of the i-th network. Valid until closed. */
  public Tensor output(int i) {
    return passes.get(i).output();
  }

  /** The first network's pass, for its taps. */
  public Activations first() {
    return passes.get(0);
  }

  /** Backward of a gradient shaped like the output, adding to all parameters' gradients. */
  public void backward(Tensor gradient) {
    Tensor g = gradient;
    for (int i = passes.size() - 1; i > 0; i--) {
      g = Objects.requireNonNull(passes.get(i).backward(g, true));
    }
    passes.get(0).backward(g, false);
  }

  /** The same with a further gradient, shaped like the output of the i-th network, there. */
  public void backward(Tensor gradient, int i, Tensor more) {
    Tensor g = gradient;
    for (int n = passes.size() - 1; n > i; n--) {
      g = Objects.requireNonNull(passes.get(n).backward(g, true));
    }
    g = g.add(more);
    for (int n = i; n > 0; n--) {
      g = Objects.requireNonNull(passes.get(n).backward(g, true));
    }
    passes.get(0).backward(g, false);
  }

  /** The derivative by the input, of its shape; leaves the parameters' gradients as they are. */
  public Tensor inputGradient(Tensor gradient) {
    Tensor g = gradient;
    for (int i = passes.size() - 1; i >= 0; i--) {
      g =
          Objects.requireNonNull(
              passes.get(i).backward(Map.of(Activations.OUTPUT, g), true, false));
    }
    return g;
  }

  @Override
  public void close() {
    for (int i = passes.size() - 1; i >= 0; i--) {
      passes.get(i).close();
    }
  }
}
