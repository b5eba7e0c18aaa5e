package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.graph.PooledGraph;
import io.millrace.learner.nd4j.tensor.Nd4jTensor;
import io.millrace.learner.tensor.ForwardPass;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A forward pass: the graph it borrowed, its results and the way back. */
final class Nd4jActivations extends ForwardPass<Nd4jTensor> {
  private final Nd4jNetwork network;
  private final PooledGraph graph;
  private final Nd4jTensor input;

  /** Takes over a hold on the input. */
  Nd4jActivations(Nd4jNetwork network, PooledGraph graph, Nd4jTensor input, boolean keepsGraph) {
    super(network.spec().name(), network.engine().scopes(), keepsGraph);
    this.network = network;
    this.graph = graph;
    this.input = input;
  }

  @Override
  protected Set<String> names() {
    return graph.run().taps().keySet();
  }

  /** Shares the pass's memory; two taps may share it too, and so may the input. */
  @Override
  protected Nd4jTensor surface(String name) {
    INDArray tap = graph.run().taps().get(name);
    for (Nd4jTensor other : surfaced()) {
      if (other.data().data() == tap.data()) {
        return other.unscopedView(tap.shape());
      }
    }
    if (graph.run().owns(tap)) {
      graph.run().disown(tap);
      return network.engine().unscoped(tap);
    }
    return input.unscopedView(tap.shape());
  }

  @Override
  protected @Nullable Nd4jTensor goBack(
      Map<String, Nd4jTensor> gradients, boolean wantInput, boolean accumulateParameters) {
    var derivatives = new HashMap<String, INDArray>();
    gradients.forEach((name, gradient) -> derivatives.put(name, gradient.data()));
    network.engine().useThreads();
    INDArray byInput = graph.backward(derivatives, wantInput, accumulateParameters);
    if (byInput == null) {
      return null;
    }
    if (byInput == graph.run().nothing()) {
      return network.engine().zeros(input.shape());
    }
    graph.run().disown(byInput);
    return network.engine().scoped(byInput);
  }

  @Override
  protected void release() {
    network.giveBack(graph);
    input.close();
  }
}
