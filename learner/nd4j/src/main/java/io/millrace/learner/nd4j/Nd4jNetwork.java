package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.graph.FlatVectors;
import io.millrace.learner.nd4j.graph.PooledGraph;
import io.millrace.learner.nd4j.tensor.Nd4jTensor;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.SegmentLayout;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A network as a small pool of Deeplearning4j graphs over one set of flat vectors: a graph holds
 * one live forward pass, so each pass borrows a graph and gives it back when it is closed.
 */
final class Nd4jNetwork implements Network {
  private final Nd4jEngine engine;
  private final NetworkSpec spec;
  private final SegmentLayout layout;
  private final FlatVectors vectors;
  private final Deque<PooledGraph> idle = new ArrayDeque<>();
  private boolean closed;

  Nd4jNetwork(Nd4jEngine engine, NetworkSpec spec) {
    this.engine = engine;
    this.spec = spec;
    layout = SegmentLayout.of(spec);
    vectors = new FlatVectors(engine, layout);
    try {
      idle.push(new PooledGraph(spec, engine, vectors));
    } catch (RuntimeException e) {
      vectors.close();
      throw e;
    }
  }

  @Override
  public NetworkSpec spec() {
    return spec;
  }

  @Override
  public SegmentLayout layout() {
    return layout;
  }

  @Override
  public Tensor parameters() {
    return vectors.parameters();
  }

  @Override
  public Tensor gradients() {
    return vectors.gradients();
  }

  @Override
  public Tensor statistics() {
    return vectors.statistics();
  }

  @Override
  public Activations forward(Tensor x, Mode mode, boolean keepGraph) {
    if (closed) {
      throw new IllegalStateException("network " + spec.name() + " is closed");
    }
    Nd4jTensor input = engine.scopes().own(x);
    spec.requireInput(input.shape());
    engine.useThreads();
    PooledGraph graph = borrow();
    // The pass may read its input when it goes back, after the caller's tensor is closed.
    Nd4jTensor held = input.heldDense();
    try {
      graph.forward(held.data(), mode, keepGraph);
      return new Nd4jActivations(this, graph, held, keepGraph);
    } catch (RuntimeException e) {
      held.close();
      giveBack(graph);
      throw e;
    }
  }

  private PooledGraph borrow() {
    synchronized (idle) {
      if (!idle.isEmpty()) {
        return idle.pop();
      }
    }
    return new PooledGraph(spec, engine, vectors);
  }

  /** Ends a graph's pass and keeps it for the next. */
  void giveBack(PooledGraph graph) {
    graph.end();
    synchronized (idle) {
      idle.push(graph);
    }
  }

  Nd4jEngine engine() {
    return engine;
  }

  @Override
  public void clearGradients() {
    vectors.gradients().fillIn(0);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      vectors.close();
    }
  }
}
