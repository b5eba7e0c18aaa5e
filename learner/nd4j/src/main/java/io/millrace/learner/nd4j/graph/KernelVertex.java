package io.millrace.learner.nd4j.graph;

import io.millrace.learner.nd4j.kernel.Kernel;
import io.millrace.learner.tensor.LayerException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A vertex that runs a kernel. */
final class KernelVertex extends RunningVertex {
  private static final long serialVersionUID = 1L;

  private final transient Kernel kernel;
  private final String path;
  private final boolean first;
  private transient @Nullable INDArray output;

  /**
   * @param path dotted name of the layer, for errors
   * @param first whether the input is the network's, whose derivative may not be wanted
   */
  KernelVertex(
      ComputationGraph graph,
      String name,
      int index,
      DataType type,
      GraphPass run,
      Kernel kernel,
      String path,
      boolean first) {
    super(graph, name, index, type, run);
    this.kernel = kernel;
    this.path = path;
    this.first = first;
  }

  @Override
  INDArray forward(INDArray[] inputs) {
    try {
      INDArray result = kernel.forward(inputs[0], run().mode(), run());
      output = result;
      return result;
    } catch (RuntimeException e) {
      throw new LayerException(path, inputs[0].shape(), String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  INDArray[] backward(INDArray[] inputs, INDArray epsilon) {
    INDArray result = output;
    if (result == null) {
      throw new IllegalStateException("layer " + path + " goes back without a forward pass");
    }
    boolean wantInput = !first || run().wantInput();
    INDArray derivative =
        kernel.backward(inputs[0], result, epsilon, wantInput, run().accumulate(), run());
    if (derivative == null) {
      run().giveBack(epsilon);
      return new INDArray[] {run().nothing()};
    }
    if (derivative.data() != epsilon.data()) {
      run().giveBack(epsilon);
    }
    return new INDArray[] {derivative};
  }

  @Override
  public void clear() {
    super.clear();
    output = null;
  }
}
