package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Shapes;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A forward pass: the graph it borrowed, its results and the way back. */
final class Nd4jActivations implements Activations {
  private final Nd4jNetwork network;
  private final PooledGraph graph;
  private final Nd4jTensor input;
  private final boolean keepsGraph;
  private final Map<String, Nd4jTensor> surfaced = new HashMap<>();
  private boolean wentBack;
  private boolean closed;

  /** Takes over a hold on the input. */
  Nd4jActivations(Nd4jNetwork network, PooledGraph graph, Nd4jTensor input, boolean keepsGraph) {
    this.network = network;
    this.graph = graph;
    this.input = input;
    this.keepsGraph = keepsGraph;
  }

  @Override
  public Tensor tap(String name) {
    requireOpen();
    Map<String, INDArray> taps = graph.run().taps();
    INDArray tap = taps.get(name);
    if (tap == null) {
      throw new IllegalArgumentException(
          "network "
              + network.spec().name()
              + " has no tap '"
              + name
              + "': it has "
              + new TreeSet<>(taps.keySet()));
    }
    return surfaced.computeIfAbsent(name, n -> surface(tap));
  }

  /** Shares the pass's memory; two taps may share it too, and so may the input. */
  private Nd4jTensor surface(INDArray tap) {
    for (Nd4jTensor other : surfaced.values()) {
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
  public @Nullable Tensor backward(
      Map<String, Tensor> gradients, boolean wantInput, boolean accumulateParameters) {
    requireGraph();
    var derivatives = new HashMap<String, INDArray>();
    gradients.forEach((name, gradient) -> derivatives.put(name, fitting(name, gradient)));
    if (gradients.isEmpty()) {
      throw new IllegalArgumentException(
          "backward through network " + network.spec().name() + ": no gradients given");
    }
    wentBack = true;
    if (!wantInput && !accumulateParameters) {
      return null;
    }
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

  private INDArray fitting(String name, Tensor gradient) {
    long[] shape = tap(name).shape();
    if (!Arrays.equals(shape, gradient.shape())) {
      throw new IllegalArgumentException(
          "backward through network "
              + network.spec().name()
              + ": gradient of '"
              + name
              + "' has shape "
              + Shapes.text(gradient.shape())
              + ": expected "
              + Shapes.text(shape));
    }
    return network.engine().own(gradient).data();
  }

  private void requireGraph() {
    requireOpen();
    String pass = "forward pass through network " + network.spec().name();
    if (!keepsGraph) {
      throw new IllegalStateException(pass + " kept no graph: ask for it in forward()");
    }
    if (wentBack) {
      throw new IllegalStateException(pass + " went back already: its graph is freed");
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "activations of network " + network.spec().name() + " are closed");
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    network.giveBack(graph);
    surfaced.values().forEach(Nd4jTensor::close);
    input.close();
  }
}
