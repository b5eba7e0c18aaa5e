package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.kernel.ConvolutionKernel;
import io.millrace.learner.nd4j.kernel.Parameter;
import io.millrace.learner.nd4j.kernel.Window;
import io.millrace.learner.tensor.Mode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A {@link NativeConvolution} at work. */
final class NativeConvolutionLayer extends ConvolutionLayer {
  private static final long serialVersionUID = 1L;

  NativeConvolutionLayer(NeuralNetConfiguration conf, DataType type) {
    super(conf, type);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    applyDropOutIfNecessary(training, workspaces);
    var memory = WorkspaceMemory.forward(workspaces, dataType);
    return kernel(false).forward(memory.rowMajor(input), Mode.TRAIN, memory);
  }

  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    var memory = WorkspaceMemory.backward(workspaces, dataType);
    var gradient = new DefaultGradient();
    gradientViews.forEach(
        (name, view) -> {
          view.assign(0);
          gradient.setGradientFor(
              name, view, name.equals(ConvolutionParamInitializer.WEIGHT_KEY) ? 'c' : null);
        });
    INDArray x = memory.rowMajor(input);
    INDArray dx = kernel(true).backward(x, x, memory.rowMajor(epsilon), true, true, memory);
    weightNoiseParams.clear();
    return new Pair<>(gradient, backpropDropOutIfPresent(dx));
  }

  private ConvolutionKernel kernel(boolean backward) {
    var conf = layerConf();
    return new ConvolutionKernel(
        new Window(conf.getKernelSize()[0], conf.getStride()[0], conf.getPadding()[0]),
        parameter(ConvolutionParamInitializer.WEIGHT_KEY, backward),
        hasBias() ? parameter(ConvolutionParamInitializer.BIAS_KEY, backward) : null);
  }

  private Parameter parameter(String name, boolean backward) {
    INDArray value = getParam(name);
    // A bias is [1, out] here.
    INDArray flat = name.equals(ConvolutionParamInitializer.BIAS_KEY) ? vector(value) : value;
    return backward
        ? new Parameter(
            flat,
            name.equals(ConvolutionParamInitializer.BIAS_KEY)
                ? vector(gradientViews.get(name))
                : gradientViews.get(name))
        : new Parameter(flat, flat);
  }

  private static INDArray vector(@Nullable INDArray array) {
    if (array == null) {
      throw new IllegalStateException("the layer has no gradients to write to");
    }
    return array.rank() == 1 ? array : array.reshape(array.length());
  }
}
