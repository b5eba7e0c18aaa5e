package io.millrace.learner.nd4j;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Deeplearning4j's batch normalization on ND4J's {@code batchnorm}, with the same settings and
 * parameters, for vectors [batch, features] and images [batch, channels, h, w]. Its running
 * variance follows the unbiased variance of the batches, as PyTorch's does. Saved models name this
 * class, so it must be on the class path where one is loaded.
 */
public final class NativeBatchNormalization extends BatchNormalization {
  private static final long serialVersionUID = 1L;

  /** For Deeplearning4j, which sets the rest from a saved model. */
  public NativeBatchNormalization() {
    setUseLogStd(false);
    setActivationFn(new ActivationIdentity());
  }

  /**
   * @param momentum share of the new batch in the running statistics, 1 less Deeplearning4j's decay
   */
  public NativeBatchNormalization(int features, boolean affine, double momentum, double epsilon) {
    this();
    setNIn(features);
    setNOut(features);
    setDecay(1 - momentum);
    setEps(epsilon);
    setLockGammaBeta(!affine);
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    var layer = new NativeBatchNormalizationLayer(conf, type);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    layer.setParamTable(initializer().init(conf, parameters, initialize));
    layer.setConf(conf);
    return layer;
  }
}
