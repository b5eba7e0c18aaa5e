package io.millrace.learner.nd4j.graph;

import io.millrace.learner.nd4j.tensor.Nd4jContext;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.NetworkSpec;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A computation graph and the pass it is in. */
public final class PooledGraph {
  private final GraphPass run;
  private final ComputationGraph graph;

  public PooledGraph(NetworkSpec spec, Nd4jContext context, FlatVectors vectors) {
    run = new GraphPass(context.buffers(), context.type());
    graph = Graphs.of(spec, context.type(), run, vectors);
  }

  public GraphPass run() {
    return run;
  }

  /** The results read later are among {@link GraphPass#taps()} afterwards, the output too. */
  public void forward(INDArray x, Mode mode, boolean keepGraph) {
    run.forward(mode, keepGraph);
    String last = graph.getConfiguration().getNetworkOutputs().get(0);
    Map<String, INDArray> results =
        graph.feedForward(new INDArray[] {x}, mode != Mode.EVAL, !keepGraph);
    run.tapped(Activations.OUTPUT, results.get(last));
  }

  /**
   * The derivative by the input; adds to the parameters' gradients where asked.
   *
   * @param gradients by tap, {@link Activations#OUTPUT} among them or not
   */
  @Nullable
  public INDArray backward(Map<String, INDArray> gradients, boolean wantInput, boolean accumulate) {
    run.backward(wantInput, accumulate);
    INDArray byOutput = run.nothing();
    for (Map.Entry<String, INDArray> entry : gradients.entrySet()) {
      if (entry.getKey().equals(Activations.OUTPUT)) {
        byOutput = run.copy(entry.getValue());
      } else {
        run.enterAt(entry.getKey(), entry.getValue());
      }
    }
    graph.backpropGradient(byOutput);
    return wantInput ? run.inputGradient() : null;
  }

  /** Lets go of everything the pass held. */
  public void end() {
    for (GraphVertex vertex : graph.getVertices()) {
      vertex.clear();
    }
    graph.clear();
    run.end();
  }
}
