package io.millrace.learner.nd4j.graph;

import io.millrace.learner.nd4j.tensor.Ops;
import io.millrace.learner.tensor.LayerException;
import io.millrace.learner.tensor.Shapes;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The sum of a residual's body and its shortcut. */
final class SumVertex extends RunningVertex {
  private static final long serialVersionUID = 1L;

  private final String path;
  private final boolean inPlace;

  /**
   * @param inPlace whether the sum may be written over the body's result
   */
  SumVertex(
      ComputationGraph graph,
      String name,
      int index,
      DataType type,
      GraphPass run,
      String path,
      boolean inPlace) {
    super(graph, name, index, type, run);
    this.path = path;
    this.inPlace = inPlace;
  }

  @Override
  INDArray forward(INDArray[] inputs) {
    INDArray body = inputs[0];
    INDArray shortcut = inputs[1];
    if (!body.equalShapes(shortcut)) {
      throw new LayerException(
          path, shortcut.shape(), "the body gives " + Shapes.text(body.shape()), null);
    }
    INDArray sum = inPlace ? body : run().take(body.shape());
    return Ops.call("add").in(body, shortcut).into(sum);
  }

  /** Two arrays, because Deeplearning4j adds derivatives up in place. */
  @Override
  INDArray[] backward(INDArray[] inputs, INDArray epsilon) {
    return new INDArray[] {epsilon, run().copy(epsilon)};
  }
}
