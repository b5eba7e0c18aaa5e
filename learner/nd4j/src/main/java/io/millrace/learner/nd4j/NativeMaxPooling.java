package io.millrace.learner.nd4j;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Deeplearning4j's maximum pooling on ND4J's {@code maxpool2d} and {@code maxpool2d_bp}, for square
 * kernels and images [batch, channels, h, w]. Saved models name this class, so it must be on the
 * class path where one is loaded.
 */
public final class NativeMaxPooling extends SubsamplingLayer {
  private static final long serialVersionUID = 1L;

  /** For Deeplearning4j, which sets the rest from a saved model. */
  public NativeMaxPooling() {
    setPoolingType(org.deeplearning4j.nn.conf.layers.PoolingType.MAX);
    setConvolutionMode(ConvolutionMode.Truncate);
  }

  /** Square kernel, stride and padding. */
  public NativeMaxPooling(int kernel, int stride, int padding) {
    this();
    setKernelSize(new int[] {kernel, kernel});
    setStride(new int[] {stride, stride});
    setPadding(new int[] {padding, padding});
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    var layer = new NativeMaxPoolingLayer(conf, type);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setConf(conf);
    return layer;
  }
}
