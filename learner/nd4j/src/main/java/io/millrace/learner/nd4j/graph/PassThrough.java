package io.millrace.learner.nd4j.graph;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A vertex whose result is its input: the entrance, which keeps the derivative by the network's
 * input, and the taps, where results are read and derivatives enter.
 */
final class PassThrough extends RunningVertex {
  private static final long serialVersionUID = 1L;

  private final @Nullable String tap;
  private final boolean entrance;

  PassThrough(
      ComputationGraph graph,
      String name,
      int index,
      DataType type,
      GraphPass run,
      @Nullable String tap,
      boolean entrance) {
    super(graph, name, index, type, run);
    this.tap = tap;
    this.entrance = entrance;
  }

  @Override
  INDArray forward(INDArray[] inputs) {
    if (tap != null) {
      run().tapped(tap, inputs[0]);
    }
    return inputs[0];
  }

  @Override
  int readers() {
    return super.readers() + (tap != null ? 1 : 0);
  }

  @Override
  boolean takesNothing() {
    return true;
  }

  @Override
  INDArray[] backward(INDArray[] inputs, INDArray epsilon) {
    INDArray derivative = epsilon;
    INDArray entering = tap == null ? null : run().gradientAt(tap);
    if (entering != null) {
      if (derivative == run().nothing()) {
        derivative = run().copy(entering);
      } else {
        derivative.addi(entering);
      }
    }
    if (entrance) {
      run().inputGradient(derivative);
    }
    return new INDArray[] {derivative};
  }
}
