package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.UnsupportedLayerException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes kernels from layer records. Only sequences, residuals and concatenations are no kernels.
 */
public final class Kernels {
  private static final Makers MAKERS = new Makers();

  private Kernels() {}

  private interface Maker {
    Kernel kernel(Arrays arrays, boolean inPlace);
  }

  /** Whether the engine runs this layer. */
  public static boolean has(Layer layer) {
    if (layer instanceof Layer.Sequential s) {
      return hasAll(s.children());
    } else if (layer instanceof Layer.Residual r) {
      return hasAll(r.body()) && hasAll(r.shortcut());
    } else if (layer instanceof Layer.Concat c) {
      return hasAll(c.first()) && hasAll(c.second());
    }
    return layer.accept(MAKERS).isPresent();
  }

  private static boolean hasAll(List<Layer.Named> children) {
    return children.stream().allMatch(child -> has(child.layer()));
  }

  /** A layer's parameters and statistics by their last name; null for one it does not have. */
  public interface Arrays {
    @Nullable Parameter parameter(String name);

    INDArray statistic(String name);
  }

  /**
   * A layer's kernel.
   *
   * @param inPlace whether the layer may overwrite its input
   * @param refusal the exception for a layer that the engine lacks
   */
  public static Kernel of(
      Layer layer,
      Arrays arrays,
      boolean inPlace,
      Function<Layer, UnsupportedLayerException> refusal) {
    return layer.accept(MAKERS).orElseThrow(() -> refusal.apply(layer)).kernel(arrays, inPlace);
  }

  /** What makes a layer's kernel; empty for one that the engine lacks and for graphs. */
  private static final class Makers implements Layer.Visitor<Optional<Maker>> {
    @Override
    public Optional<Maker> conv2d(Layer.Conv2d c) {
      return Optional.of(
          (arrays, inPlace) ->
              new ConvolutionKernel(
                  new Window(c.kernel(), c.stride(), c.padding()),
                  there(arrays, "weight"),
                  arrays.parameter("bias")));
    }

    @Override
    public Optional<Maker> convTranspose2d(Layer.ConvTranspose2d c) {
      return Optional.of(
          (arrays, inPlace) ->
              new TransposedConvolutionKernel(
                  new Window(c.kernel(), c.stride(), c.padding()),
                  there(arrays, "weight"),
                  arrays.parameter("bias")));
    }

    @Override
    public Optional<Maker> batchNorm(Layer.BatchNorm b) {
      return Optional.of(
          (arrays, inPlace) ->
              new BatchNormKernel(
                  b.momentum(),
                  b.epsilon(),
                  arrays.parameter("weight"),
                  arrays.parameter("bias"),
                  arrays.statistic("running_mean"),
                  arrays.statistic("running_var")));
    }

    @Override
    public Optional<Maker> linear(Layer.Linear layer) {
      return Optional.of(
          (arrays, inPlace) -> new LinearKernel(there(arrays, "weight"), arrays.parameter("bias")));
    }

    @Override
    public Optional<Maker> weightNormLinear(Layer.WeightNormLinear layer) {
      return Optional.of((arrays, inPlace) -> new UnitLinearKernel(there(arrays, "weight_v")));
    }

    @Override
    public Optional<Maker> relu(Layer.Relu layer) {
      return Optional.of((arrays, inPlace) -> new ReluKernel(inPlace));
    }

    @Override
    public Optional<Maker> leakyRelu(Layer.LeakyRelu l) {
      return Optional.of((arrays, inPlace) -> PointwiseKernel.leakyRelu(l.slope()));
    }

    @Override
    public Optional<Maker> gelu(Layer.Gelu layer) {
      return Optional.of((arrays, inPlace) -> PointwiseKernel.gelu());
    }

    @Override
    public Optional<Maker> sigmoid(Layer.Sigmoid layer) {
      return Optional.of((arrays, inPlace) -> PointwiseKernel.sigmoid());
    }

    @Override
    public Optional<Maker> tanh(Layer.Tanh layer) {
      return Optional.of((arrays, inPlace) -> PointwiseKernel.tanh());
    }

    @Override
    public Optional<Maker> maxPool2d(Layer.MaxPool2d p) {
      return Optional.of(
          (arrays, inPlace) -> new MaxPoolKernel(new Window(p.kernel(), p.stride(), p.padding())));
    }

    @Override
    public Optional<Maker> globalAveragePool(Layer.GlobalAveragePool layer) {
      return Optional.of((arrays, inPlace) -> new AveragePoolKernel());
    }

    @Override
    public Optional<Maker> flatten(Layer.Flatten layer) {
      return Optional.of((arrays, inPlace) -> new ReshapeKernel(-1));
    }

    @Override
    public Optional<Maker> toImage(Layer.ToImage i) {
      return Optional.of(
          (arrays, inPlace) -> new ReshapeKernel(i.channels(), i.height(), i.width()));
    }

    @Override
    public Optional<Maker> upsample(Layer.Upsample u) {
      return Optional.of((arrays, inPlace) -> new UpsampleKernel(u.factor()));
    }

    @Override
    public Optional<Maker> l2Normalize(Layer.L2Normalize layer) {
      return Optional.of((arrays, inPlace) -> new UnitLengthKernel());
    }

    @Override
    public Optional<Maker> layerNorm(Layer.LayerNorm layer) {
      return Optional.empty();
    }

    @Override
    public Optional<Maker> patchTokens(Layer.PatchTokens layer) {
      return Optional.empty();
    }

    @Override
    public Optional<Maker> selfAttention(Layer.SelfAttention layer) {
      return Optional.empty();
    }

    @Override
    public Optional<Maker> classToken(Layer.ClassToken layer) {
      return Optional.empty();
    }

    @Override
    public Optional<Maker> patchMap(Layer.PatchMap layer) {
      return Optional.empty();
    }

    @Override
    public Optional<Maker> aside(Layer.Aside layer) {
      return Optional.empty();
    }

    @Override
    public Optional<Maker> sequential(Layer.Sequential layer) {
      return Optional.empty();
    }

    @Override
    public Optional<Maker> residual(Layer.Residual layer) {
      return Optional.empty();
    }

    @Override
    public Optional<Maker> concat(Layer.Concat layer) {
      return Optional.empty();
    }
  }

  private static Parameter there(Arrays arrays, String name) {
    Parameter parameter = arrays.parameter(name);
    if (parameter == null) {
      throw new IllegalStateException("the layout has no parameter " + name);
    }
    return parameter;
  }
}
