package io.millrace.learner.nd4j.graph;

import java.util.Arrays;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A vertex of the engine's graphs, in Deeplearning4j's terms. */
@SuppressWarnings("overrides") // what it extends takes an array where its interface takes varargs
abstract class RunningVertex extends BaseGraphVertex {
  private static final long serialVersionUID = 1L;

  private final transient GraphPass run;

  RunningVertex(ComputationGraph graph, String name, int index, DataType type, GraphPass run) {
    super(graph, name, index, null, null, type);
    this.run = run;
  }

  GraphPass run() {
    return run;
  }

  /** The result for these inputs. */
  abstract INDArray forward(INDArray[] inputs);

  /** Derivatives by the inputs; takes {@code epsilon} over. */
  abstract INDArray[] backward(INDArray[] inputs, INDArray epsilon);

  @Override
  public final INDArray doForward(boolean training, LayerWorkspaceMgr workspaces) {
    boolean shares = false;
    INDArray result = forward(inputs);
    for (INDArray input : inputs) {
      shares |= input.data() == result.data();
    }
    run.produced(result, !shares, readers());
    for (INDArray input : inputs) {
      run.consumed(input);
    }
    return result;
  }

  /** Vertices that read the result, and one more where the caller does. */
  int readers() {
    return getNumOutputConnections() + (isOutputVertex() ? 1 : 0);
  }

  @Override
  public final Pair<Gradient, INDArray[]> doBackward(
      boolean truncated, LayerWorkspaceMgr workspaces) {
    INDArray epsilon = getEpsilon();
    INDArray[] derivatives;
    if (epsilon == run.nothing() && !takesNothing()) {
      derivatives = new INDArray[inputs.length];
      Arrays.fill(derivatives, epsilon);
    } else {
      derivatives = backward(inputs, epsilon);
    }
    return new Pair<>(null, derivatives);
  }

  /** Whether a derivative of nothing is still something to work on. */
  boolean takesNothing() {
    return false;
  }

  @Override
  public void setInputs(INDArray... inputs) {
    super.setInputs(inputs);
  }

  @Override
  public boolean hasLayer() {
    return false;
  }

  @Override
  public @Nullable Layer getLayer() {
    return null;
  }

  @Override
  public void setBackpropGradientsViewArray(INDArray gradients) {
    throw new UnsupportedOperationException("parameters lie in the network's own flat vector");
  }

  @Override
  public @Nullable Pair<INDArray, MaskState> feedForwardMaskArrays(
      INDArray[] masks, MaskState state, int batch) {
    return null;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "(" + getVertexName() + ")";
  }
}
