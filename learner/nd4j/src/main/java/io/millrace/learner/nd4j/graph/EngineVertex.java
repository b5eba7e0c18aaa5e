package io.millrace.learner.nd4j.graph;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How Deeplearning4j makes one of the engine's vertices. It has no parameters as far as
 * Deeplearning4j knows: they are views of the network's flat vector, which many graphs share. Never
 * saved: what is exported is made of {@code NativeConvolution} and its like.
 */
final class EngineVertex extends org.deeplearning4j.nn.conf.graph.GraphVertex {
  private static final long serialVersionUID = 1L;

  /** Makes the running vertex. */
  interface Maker {
    RunningVertex make(ComputationGraph graph, String name, int index, DataType type);
  }

  private final transient Maker maker;
  private final int inputs;

  EngineVertex(Maker maker, int inputs) {
    this.maker = maker;
    this.inputs = inputs;
  }

  @Override
  public org.deeplearning4j.nn.graph.vertex.GraphVertex instantiate(
      ComputationGraph graph,
      String name,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    return maker.make(graph, name, index, type);
  }

  @Override
  public org.deeplearning4j.nn.conf.graph.GraphVertex clone() {
    return new EngineVertex(maker, inputs);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public long numParams(boolean backprop) {
    return 0;
  }

  @Override
  public int minVertexInputs() {
    return inputs;
  }

  @Override
  public int maxVertexInputs() {
    return inputs;
  }

  @Override
  public InputType getOutputType(int index, InputType... types) {
    return types[0];
  }

  @Override
  public MemoryReport getMemoryReport(InputType... types) {
    return new LayerMemoryReport.Builder(null, EngineVertex.class, types[0], types[0]).build();
  }
}
