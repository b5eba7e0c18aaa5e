package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.kernel.MaxPoolKernel;
import io.millrace.learner.nd4j.kernel.Window;
import io.millrace.learner.tensor.Mode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A {@link NativeMaxPooling} at work. */
final class NativeMaxPoolingLayer extends SubsamplingLayer {
  private static final long serialVersionUID = 1L;

  NativeMaxPoolingLayer(NeuralNetConfiguration conf, DataType type) {
    super(conf, type);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    applyDropOutIfNecessary(training, workspaces);
    var memory = WorkspaceMemory.forward(workspaces, dataType);
    return kernel().forward(memory.rowMajor(input), Mode.TRAIN, memory);
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    var memory = WorkspaceMemory.backward(workspaces, dataType);
    INDArray x = memory.rowMajor(input);
    INDArray dx = kernel().backward(x, x, memory.rowMajor(epsilon), true, true, memory);
    return new Pair<>(new DefaultGradient(), backpropDropOutIfPresent(dx));
  }

  private MaxPoolKernel kernel() {
    var conf = layerConf();
    return new MaxPoolKernel(
        new Window(conf.getKernelSize()[0], conf.getStride()[0], conf.getPadding()[0]));
  }
}
