package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.UnsupportedLayerException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes kernels from layer records. Only sequences and residuals are no kernels. */
final class Kernels {
  private Kernels() {}

  /** Whether the engine runs this layer. */
  static boolean has(Layer layer) {
    if (layer instanceof Layer.Sequential s) {
      return s.children().stream().allMatch(child -> has(child.layer()));
    } else if (layer instanceof Layer.Residual r) {
      return r.body().stream().allMatch(child -> has(child.layer()))
          && r.shortcut().stream().allMatch(child -> has(child.layer()));
    }
    return layer instanceof Layer.Conv2d
        || layer instanceof Layer.ConvTranspose2d
        || layer instanceof Layer.BatchNorm
        || layer instanceof Layer.Linear
        || layer instanceof Layer.WeightNormLinear
        || layer instanceof Layer.Relu
        || layer instanceof Layer.LeakyRelu
        || layer instanceof Layer.Gelu
        || layer instanceof Layer.Sigmoid
        || layer instanceof Layer.Tanh
        || layer instanceof Layer.MaxPool2d
        || layer instanceof Layer.GlobalAveragePool
        || layer instanceof Layer.Flatten
        || layer instanceof Layer.ToImage
        || layer instanceof Layer.Upsample
        || layer instanceof Layer.L2Normalize;
  }

  /** A layer's parameters and statistics by their last name; null for one it does not have. */
  interface Arrays {
    @Nullable Parameter parameter(String name);

    INDArray statistic(String name);
  }

  /**
   * A layer's kernel.
   *
   * @param inPlace whether the layer may overwrite its input
   * @param refusal the exception for a layer that the engine lacks
   */
  static Kernel of(
      Layer layer,
      Arrays arrays,
      boolean inPlace,
      Function<Layer, UnsupportedLayerException> refusal) {
    if (layer instanceof Layer.Conv2d c) {
      return new ConvolutionKernel(
          new Window(c.kernel(), c.stride(), c.padding()),
          there(arrays, "weight"),
          arrays.parameter("bias"));
    } else if (layer instanceof Layer.ConvTranspose2d c) {
      return new TransposedConvolutionKernel(
          new Window(c.kernel(), c.stride(), c.padding()),
          there(arrays, "weight"),
          arrays.parameter("bias"));
    } else if (layer instanceof Layer.BatchNorm b) {
      return new BatchNormKernel(
          b.momentum(),
          b.epsilon(),
          arrays.parameter("weight"),
          arrays.parameter("bias"),
          arrays.statistic("running_mean"),
          arrays.statistic("running_var"));
    } else if (layer instanceof Layer.Linear) {
      return new LinearKernel(there(arrays, "weight"), arrays.parameter("bias"));
    } else if (layer instanceof Layer.WeightNormLinear) {
      return new UnitLinearKernel(there(arrays, "weight_v"));
    } else if (layer instanceof Layer.Relu) {
      return new ReluKernel(inPlace);
    } else if (layer instanceof Layer.LeakyRelu l) {
      return PointwiseKernel.leakyRelu(l.slope());
    } else if (layer instanceof Layer.Gelu) {
      return PointwiseKernel.gelu();
    } else if (layer instanceof Layer.Sigmoid) {
      return PointwiseKernel.sigmoid();
    } else if (layer instanceof Layer.Tanh) {
      return PointwiseKernel.tanh();
    } else if (layer instanceof Layer.MaxPool2d p) {
      return new MaxPoolKernel(new Window(p.kernel(), p.stride(), p.padding()));
    } else if (layer instanceof Layer.GlobalAveragePool) {
      return new AveragePoolKernel();
    } else if (layer instanceof Layer.Flatten) {
      return new ReshapeKernel(-1);
    } else if (layer instanceof Layer.ToImage i) {
      return new ReshapeKernel(i.channels(), i.height(), i.width());
    } else if (layer instanceof Layer.Upsample u) {
      return new UpsampleKernel(u.factor());
    } else if (layer instanceof Layer.L2Normalize) {
      return new UnitLengthKernel();
    }
    throw refusal.apply(layer);
  }

  private static Parameter there(Arrays arrays, String name) {
    Parameter parameter = arrays.parameter(name);
    if (parameter == null) {
      throw new IllegalStateException("the layout has no parameter " + name);
    }
    return parameter;
  }
}
