package io.millrace.learner.nd4j.export;

import io.millrace.learner.nd4j.NativeBatchNormalization;
import io.millrace.learner.nd4j.NativeConvolution;
import io.millrace.learner.nd4j.NativeMaxPooling;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.UnsupportedLayerException;
import java.util.Optional;
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
    return layer
        .accept(new Form())
        .orElseThrow(
            () ->
                new UnsupportedLayerException(
                    "layer "
                        + path
                        + " ("
                        + layer.getClass().getSimpleName()
                        + ") has no form in Deeplearning4j; the formats safetensors and onnx may"
                        + " hold it"));
  }

  /** Deeplearning4j's layer; empty where it has none. */
  private final class Form
      implements Layer.Visitor<Optional<org.deeplearning4j.nn.conf.layers.Layer>> {
    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> conv2d(Layer.Conv2d c) {
      return Optional.of(convolution(c));
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> convTranspose2d(
        Layer.ConvTranspose2d layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> batchNorm(Layer.BatchNorm b) {
      return Optional.of(Dl4jLayers.this.batchNorm(b));
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> linear(Layer.Linear l) {
      return Optional.of(
          new DenseLayer.Builder()
              .nIn(l.in())
              .nOut(l.out())
              .hasBias(l.bias())
              .activation(Activation.IDENTITY)
              .build());
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> weightNormLinear(
        Layer.WeightNormLinear layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> relu(Layer.Relu layer) {
      return Optional.of(activation(new ActivationReLU()));
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> leakyRelu(Layer.LeakyRelu l) {
      return Optional.of(activation(new ActivationLReLU(l.slope())));
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> gelu(Layer.Gelu layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> sigmoid(Layer.Sigmoid layer) {
      return Optional.of(activation(new ActivationSigmoid()));
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> tanh(Layer.Tanh layer) {
      return Optional.of(activation(new ActivationTanH()));
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> maxPool2d(Layer.MaxPool2d p) {
      return Optional.of(maxPool(p));
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> globalAveragePool(
        Layer.GlobalAveragePool layer) {
      return Optional.of(new GlobalPoolingLayer.Builder(PoolingType.AVG).build());
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> flatten(Layer.Flatten layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> toImage(Layer.ToImage layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> upsample(Layer.Upsample u) {
      return Optional.of(new Upsampling2D.Builder(u.factor()).build());
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> l2Normalize(Layer.L2Normalize layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> layerNorm(Layer.LayerNorm layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> patchTokens(Layer.PatchTokens layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> selfAttention(
        Layer.SelfAttention layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> classToken(Layer.ClassToken layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> patchMap(Layer.PatchMap layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> aside(Layer.Aside layer) {
      return Optional.empty();
    }

    /** A graph's business, as a residual is. */
    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> sequential(Layer.Sequential layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> residual(Layer.Residual layer) {
      return Optional.empty();
    }

    @Override
    public Optional<org.deeplearning4j.nn.conf.layers.Layer> concat(Layer.Concat layer) {
      return Optional.empty();
    }
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
