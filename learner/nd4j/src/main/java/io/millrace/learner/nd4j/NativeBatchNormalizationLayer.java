package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.kernel.BatchNormKernel;
import io.millrace.learner.nd4j.kernel.Parameter;
import io.millrace.learner.tensor.Mode;
import java.util.Map;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.normalization.BatchNormalization;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A {@link NativeBatchNormalization} at work. Deeplearning4j keeps running statistics among the
 * parameters and subtracts their gradients as they are, so a gradient here is a step to take back.
 */
final class NativeBatchNormalizationLayer extends BatchNormalization {
  private static final long serialVersionUID = 1L;
  private static final String WEIGHT = BatchNormalizationParamInitializer.GAMMA;
  private static final String BIAS = BatchNormalizationParamInitializer.BETA;
  private static final String MEAN = BatchNormalizationParamInitializer.GLOBAL_MEAN;
  private static final String VARIANCE = BatchNormalizationParamInitializer.GLOBAL_VAR;

  NativeBatchNormalizationLayer(NeuralNetConfiguration conf, DataType type) {
    super(conf, type);
  }

  @Override
  public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
    assertInputSet(false);
    var memory = WorkspaceMemory.forward(workspaces, dataType);
    Mode mode = training ? Mode.TRAIN_FROZEN_STATS : Mode.EVAL;
    return kernel(Map.of()).forward(memory.rowMajor(input), mode, memory);
  }

  /** Goes forward again for the batch's moments: a layer holds no array between workspaces. */
  @Override
  public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
    assertInputSet(true);
    var memory = WorkspaceMemory.backward(workspaces, dataType);
    gradientViews.values().forEach(view -> view.assign(0));
    BatchNormKernel kernel = kernel(gradientViews);
    INDArray x = memory.rowMajor(input);
    kernel.normalizeByBatch(x, memory);
    INDArray dx = kernel.backward(x, x, memory.rowMajor(epsilon), true, true, memory);
    double share = 1 - layerConf().getDecay();
    kernel.stepBack(share, gradientViews.get(MEAN), gradientViews.get(VARIANCE), x);
    var gradient = new DefaultGradient();
    gradientViews.forEach(gradient::setGradientFor);
    return new Pair<>(gradient, dx);
  }

  private BatchNormKernel kernel(Map<String, INDArray> gradients) {
    boolean affine = !layerConf().isLockGammaBeta();
    return new BatchNormKernel(
        1 - layerConf().getDecay(),
        layerConf().getEps(),
        affine ? parameter(WEIGHT, gradients.get(WEIGHT)) : null,
        affine ? parameter(BIAS, gradients.get(BIAS)) : null,
        vector(getParam(MEAN)),
        vector(getParam(VARIANCE)));
  }

  private Parameter parameter(String name, @Nullable INDArray gradient) {
    INDArray value = vector(getParam(name));
    return new Parameter(value, gradient == null ? value : vector(gradient));
  }

  private static INDArray vector(INDArray array) {
    return array.rank() == 1 ? array : array.reshape(array.length());
  }
}
