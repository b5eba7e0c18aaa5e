package io.millrace.learner.nd4j.export;

import io.millrace.learner.nd4j.NativeBatchNormalization;
import io.millrace.learner.nd4j.NativeConvolution;
import io.millrace.learner.nd4j.NativeMaxPooling;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.UnsupportedLayerException;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/**
 * Layer records in Deeplearning4j's words.
 *
 * @param stock whether Deeplearning4j's own layers alone may be used, not {@link NativeConvolution}
 *     and its like
 */
record Dl4jLayers(boolean stock) {

  org.deeplearning4j.nn.conf.layers.Layer of(String path, Layer layer) {
    if (layer instanceof Layer.Conv2d c) {
      return convolution(c);
    } else if (layer instanceof Layer.BatchNorm b) {
      return batchNorm(b);
    } else if (layer instanceof Layer.MaxPool2d p) {
      return maxPool(p);
    } else if (layer instanceof Layer.Linear l) {
      return new DenseLayer.Builder()
          .nIn(l.in())
          .nOut(l.out())
          .hasBias(l.bias())
          .activation(Activation.IDENTITY)
          .build();
    } else if (layer instanceof Layer.Relu) {
      return activation(new ActivationReLU());
    } else if (layer instanceof Layer.LeakyRelu l) {
      return activation(new ActivationLReLU(l.slope()));
    } else if (layer instanceof Layer.Sigmoid) {
      return activation(new ActivationSigmoid());
    } else if (layer instanceof Layer.Tanh) {
      return activation(new ActivationTanH());
    } else if (layer instanceof Layer.GlobalAveragePool) {
      return new GlobalPoolingLayer.Builder(PoolingType.AVG).build();
    } else if (layer instanceof Layer.Upsample u) {
      return new Upsampling2D.Builder(u.factor()).build();
    }
    throw new UnsupportedLayerException(
        "layer "
            + path
            + " ("
            + layer.getClass().getSimpleName()
            + ") has no form in Deeplearning4j; the formats safetensors and onnx may hold it");
  }

  private org.deeplearning4j.nn.conf.layers.Layer convolution(Layer.Conv2d c) {
    if (!stock) {
      return new NativeConvolution(c.in(), c.out(), c.kernel(), c.stride(), c.padding(), c.bias());
    }
    return new ConvolutionLayer.Builder(c.kernel(), c.kernel())
        .nIn(c.in())
        .nOut(c.out())
        .stride(c.stride(), c.stride())
        .padding(c.padding(), c.padding())
        .convolutionMode(ConvolutionMode.Truncate)
        .hasBias(c.bias())
        .activation(Activation.IDENTITY)
        .build();
  }

  private org.deeplearning4j.nn.conf.layers.Layer batchNorm(Layer.BatchNorm b) {
    if (!stock) {
      return new NativeBatchNormalization(b.features(), b.affine(), b.momentum(), b.epsilon());
    }
    return new BatchNormalization.Builder()
        .nIn(b.features())
        .nOut(b.features())
        .decay(1 - b.momentum())
        .eps(b.epsilon())
        .lockGammaBeta(!b.affine())
        .useLogStd(false)
        .activation(Activation.IDENTITY)
        .build();
  }

  private org.deeplearning4j.nn.conf.layers.Layer maxPool(Layer.MaxPool2d p) {
    if (!stock) {
      return new NativeMaxPooling(p.kernel(), p.stride(), p.padding());
    }
    return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
        .kernelSize(p.kernel(), p.kernel())
        .stride(p.stride(), p.stride())
        .padding(p.padding(), p.padding())
        .convolutionMode(ConvolutionMode.Truncate)
        .build();
  }

  private static ActivationLayer activation(IActivation function) {
    return new ActivationLayer.Builder().activation(function).build();
  }
}
