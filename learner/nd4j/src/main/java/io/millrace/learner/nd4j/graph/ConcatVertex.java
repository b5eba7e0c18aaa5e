package io.millrace.learner.nd4j.graph;

import io.millrace.learner.nd4j.tensor.Ops;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Two branches' features [batch, a] and [batch, b] as [batch, a + b]. */
final class ConcatVertex extends RunningVertex {
  private static final long serialVersionUID = 1L;

  ConcatVertex(ComputationGraph graph, String name, int index, DataType type, GraphPass run) {
    super(graph, name, index, type, run);
  }

  @Override
  INDArray forward(INDArray[] inputs) {
    INDArray both = run().take(inputs[0].size(0), inputs[0].size(1) + inputs[1].size(1));
    return Ops.call("concat").in(inputs).integers(1).into(both);
  }

  @Override
  INDArray[] backward(INDArray[] inputs, INDArray epsilon) {
    long first = inputs[0].size(1);
    return new INDArray[] {
      columns(epsilon, 0, first), columns(epsilon, first, first + inputs[1].size(1))
    };
  }

  private INDArray columns(INDArray array, long from, long to) {
    return run().copy(array.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to)));
  }
}
