package io.millrace.learner.nd4j;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Deeplearning4j's two-dimensional convolution on ND4J's {@code conv2d} and {@code conv2d_bp},
 * several times as fast on a CPU as the layer it stands for, with the same settings, parameters and
 * results. For square kernels without dilation and images [batch, channels, h, w]; another
 * activation than identity belongs into a layer of its own. Saved models name this class, so it
 * must be on the class path where one is loaded.
 */
public final class NativeConvolution extends ConvolutionLayer {
  private static final long serialVersionUID = 1L;

  /** For Deeplearning4j, which sets the rest from a saved model. */
  public NativeConvolution() {
    setConvolutionMode(ConvolutionMode.Truncate);
    setActivationFn(new ActivationIdentity());
  }

  /** A convolution with square kernel, stride and padding. */
  public NativeConvolution(int in, int out, int kernel, int stride, int padding, boolean bias) {
    this();
    setNIn(in);
    setNOut(out);
    setKernelSize(new int[] {kernel, kernel});
    setStride(new int[] {stride, stride});
    setPadding(new int[] {padding, padding});
    setHasBias(bias);
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize,
      DataType type) {
    var layer = new NativeConvolutionLayer(conf, type);
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    layer.setParamTable(initializer().init(conf, parameters, initialize));
    layer.setConf(conf);
    return layer;
  }
}
