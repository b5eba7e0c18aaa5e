package io.millrace.learner.tensor;

import io.millrace.learner.tensor.Segment.Kind;
import java.util.List;

/**
 * One layer of a network, as data. Images are [batch, channels, height, width]; vectors are [batch,
 * features]; tokens are [batch, tokens, features]. Weights: convolution [out, in, kernel, kernel],
 * transposed convolution [in, out, kernel, kernel], linear [out, in].
 *
 * <p>A layer knows what it gives and which tensors it has; what runs or writes layers is a {@link
 * Visitor}, so that a new kind does not compile until each of them answers for it.
 */
public sealed interface Layer {

  /** Calls the visitor's method for this kind. */
  <R> R accept(Visitor<R> visitor);

  /** Features, or channels of a map, that come out where {@code input} go in. */
  int outputs(int input);

  /** The same of what a tap on this layer shows. */
  default int tappedOutputs(int input) {
    return outputs(input);
  }

  /**
   * Adds this layer's parameters and running statistics, its weight before its bias.
   *
   * @param at dotted name of this layer in its network
   */
  void segments(String at, SegmentCollector to);

  /** Convolution with square kernel, stride and zero padding. Parameters: weight, bias. */
  record Conv2d(int in, int out, int kernel, int stride, int padding, boolean bias)
      implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.conv2d(this);
    }

    @Override
    public int outputs(int input) {
      return out;
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      long k = (long) kernel * kernel;
      to.parameter(at, "weight", Kind.CONV_WEIGHT, in * k, out * k, out, in, kernel, kernel);
      if (bias) {
        to.parameter(at, "bias", Kind.BIAS, in * k, 0, out);
      }
    }
  }

  /** Transposed convolution. Parameters: weight, bias. */
  record ConvTranspose2d(int in, int out, int kernel, int stride, int padding, boolean bias)
      implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.convTranspose2d(this);
    }

    @Override
    public int outputs(int input) {
      return out;
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      long k = (long) kernel * kernel;
      to.parameter(at, "weight", Kind.CONV_WEIGHT, out * k, in * k, in, out, kernel, kernel);
      if (bias) {
        to.parameter(at, "bias", Kind.BIAS, out * k, 0, out);
      }
    }
  }

  /**
   * Batch normalization of [batch, features] or [batch, features, height, width]. Parameters (when
   * affine): weight, bias. Statistics: running_mean, running_var (unbiased).
   *
   * @param momentum share of the new batch in the running statistics, PyTorch's convention
   */
  record BatchNorm(int features, boolean affine, double momentum, double epsilon) implements Layer {
    /** Affine, momentum 0.1, epsilon 1e-5. */
    public static BatchNorm of(int features) {
      return new BatchNorm(features, true, 0.1, 1e-5);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.batchNorm(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      if (affine) {
        to.parameter(at, "weight", Kind.NORM_WEIGHT, 0, 0, features);
        to.parameter(at, "bias", Kind.NORM_BIAS, 0, 0, features);
      }
      to.statistic(at, "running_mean", Kind.RUNNING_MEAN, features);
      to.statistic(at, "running_var", Kind.RUNNING_VARIANCE, features);
    }
  }

  /** y = x Wᵀ + b over the last dimension. Parameters: weight, bias. */
  record Linear(int in, int out, boolean bias) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.linear(this);
    }

    @Override
    public int outputs(int input) {
      return out;
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      to.parameter(at, "weight", Kind.LINEAR_WEIGHT, in, out, out, in);
      if (bias) {
        to.parameter(at, "bias", Kind.BIAS, in, 0, out);
      }
    }
  }

  /**
   * Linear layer without bias whose rows have unit length: y = x (V / ‖V‖)ᵀ. Parameter: weight_v.
   */
  record WeightNormLinear(int in, int out) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.weightNormLinear(this);
    }

    @Override
    public int outputs(int input) {
      return out;
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      to.parameter(at, "weight_v", Kind.PROTOTYPES, in, out, out, in);
    }
  }

  record Relu() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.relu(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  record LeakyRelu(double slope) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.leakyRelu(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /** Exact (erf) GELU. */
  record Gelu() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.gelu(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  record Sigmoid() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.sigmoid(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  record Tanh() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.tanh(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  record MaxPool2d(int kernel, int stride, int padding) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.maxPool2d(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /** Mean over height and width: [batch, channels, h, w] to [batch, channels]. */
  record GlobalAveragePool() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.globalAveragePool(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /** Everything after the batch dimension into one. */
  record Flatten() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.flatten(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /** [batch, channels·height·width] to [batch, channels, height, width]. */
  record ToImage(int channels, int height, int width) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.toImage(this);
    }

    @Override
    public int outputs(int input) {
      return channels;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /** Nearest-neighbor enlargement by a whole factor. */
  record Upsample(int factor) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.upsample(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /** x / max(‖x‖₂, 1e-12) over the last dimension of [batch, features]. */
  record L2Normalize() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.l2Normalize(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /**
   * Layer normalization (Ba et al. 2016) over the last dimension: (x − mean) / √(variance + ε) ·
   * weight + bias, the variance biased. Parameters: weight, bias.
   */
  record LayerNorm(int features, double epsilon) implements Layer {
    /** ε 1e-6, as timm's transformers have it. */
    public static LayerNorm of(int features) {
      return new LayerNorm(features, 1e-6);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.layerNorm(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      to.parameter(at, "weight", Kind.NORM_WEIGHT, 0, 0, features);
      to.parameter(at, "bias", Kind.NORM_BIAS, 0, 0, features);
    }
  }

  /**
   * A square map of patches as tokens, [batch, features, side, side] to [batch, 1 + side²,
   * features] (Dosovitskiy et al. 2021): a learned class token, then the patches row by row, a
   * learned position added to each. Where {@code side} is not {@code grid}, the patches' positions
   * are resampled by {@link PositionGrid}. Parameters: cls_token [1, 1, features], pos_embed [1, 1
   * + grid², features].
   */
  record PatchTokens(int features, int grid) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.patchTokens(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      long tokens = 1 + (long) grid * grid;
      to.parameter(at, "cls_token", Kind.EMBEDDING, 0, 0, 1, 1, features);
      to.parameter(at, "pos_embed", Kind.EMBEDDING, 0, 0, 1, tokens, features);
    }
  }

  /**
   * Multi-head self-attention over tokens [batch, tokens, features], {@code heads} dividing {@code
   * features}: with q, k, v of each head from one linear layer, softmax(q kᵀ / √(features / heads))
   * v, heads side by side, then a linear layer. Parameters: qkv.weight [3 · features, features]
   * (all of q, then k, then v, each head by head), qkv.bias, proj.weight, proj.bias.
   */
  record SelfAttention(int features, int heads) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.selfAttention(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      new Linear(features, 3 * features, true).segments(SegmentCollector.join(at, "qkv"), to);
      new Linear(features, features, true).segments(SegmentCollector.join(at, "proj"), to);
    }
  }

  /** The first token: [batch, tokens, features] to [batch, features]. */
  record ClassToken() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.classToken(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /**
   * The other tokens as a map again: [batch, 1 + side², features] to [batch, features, side, side].
   */
  record PatchMap() implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.patchMap(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public void segments(String at, SegmentCollector to) {}
  }

  /** Hands its input on as it is; the body's output is visible as a tap alone. */
  record Aside(Layer body) implements Layer {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.aside(this);
    }

    @Override
    public int outputs(int input) {
      return input;
    }

    @Override
    public int tappedOutputs(int input) {
      return body.outputs(input);
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      body.segments(at, to);
    }
  }

  /** Children one after another. */
  record Sequential(List<Named> children) implements Layer {
    public Sequential {
      children = List.copyOf(children);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.sequential(this);
    }

    @Override
    public int outputs(int input) {
      return Named.outputs(children, input);
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      children.forEach(child -> child.segments(at, to));
    }
  }

  /**
   * body(x) + shortcut(x), an empty shortcut being the identity. Children of both are named side by
   * side under this layer's own name, as torchvision does.
   */
  record Residual(List<Named> body, List<Named> shortcut) implements Layer {
    public Residual {
      body = List.copyOf(body);
      shortcut = List.copyOf(shortcut);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.residual(this);
    }

    @Override
    public int outputs(int input) {
      return Named.outputs(body, input);
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      body.forEach(child -> child.segments(at, to));
      shortcut.forEach(child -> child.segments(at, to));
    }
  }

  /**
   * first(x) and then second(x) in the last dimension: [batch, a] and [batch, b] give [batch, a +
   * b]. Children of both are named side by side, as those of a {@link Residual}.
   */
  record Concat(List<Named> first, List<Named> second) implements Layer {
    public Concat {
      first = List.copyOf(first);
      second = List.copyOf(second);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.concat(this);
    }

    @Override
    public int outputs(int input) {
      return Named.outputs(first, input) + Named.outputs(second, input);
    }

    @Override
    public void segments(String at, SegmentCollector to) {
      first.forEach(child -> child.segments(at, to));
      second.forEach(child -> child.segments(at, to));
    }
  }

  /** A layer under a name. A name may hold dots; an empty name adds no level. */
  record Named(String name, Layer layer) {
    /** Adds the layer's tensors, under its name below {@code at}. */
    void segments(String at, SegmentCollector to) {
      layer.segments(SegmentCollector.join(at, name), to);
    }

    /** What comes out of layers one after another, as of one by {@link Layer#outputs}. */
    static int outputs(List<Named> layers, int input) {
      int outputs = input;
      for (Named named : layers) {
        outputs = named.layer().outputs(outputs);
      }
      return outputs;
    }
  }

  /**
   * What is done with a layer, by its kind.
   *
   * @param <R> what comes of it
   */
  interface Visitor<R> {
    R conv2d(Conv2d layer);

    R convTranspose2d(ConvTranspose2d layer);

    R batchNorm(BatchNorm layer);

    R linear(Linear layer);

    R weightNormLinear(WeightNormLinear layer);

    R relu(Relu layer);

    R leakyRelu(LeakyRelu layer);

    R gelu(Gelu layer);

    R sigmoid(Sigmoid layer);

    R tanh(Tanh layer);

    R maxPool2d(MaxPool2d layer);

    R globalAveragePool(GlobalAveragePool layer);

    R flatten(Flatten layer);

    R upsample(Upsample layer);

    R l2Normalize(L2Normalize layer);

    R classToken(ClassToken layer);

    R patchMap(PatchMap layer);

    R toImage(ToImage layer);

    R layerNorm(LayerNorm layer);

    R patchTokens(PatchTokens layer);

    R selfAttention(SelfAttention layer);

    R aside(Aside layer);

    R sequential(Sequential layer);

    R residual(Residual layer);

    R concat(Concat layer);
  }
}
