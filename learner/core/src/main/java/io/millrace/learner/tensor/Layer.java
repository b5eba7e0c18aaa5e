package io.millrace.learner.tensor;

import java.util.List;

/**
 * One layer of a network, as data. Images are [batch, channels, height, width]; vectors are [batch,
 * features]; tokens are [batch, tokens, features]. Weights: convolution [out, in, kernel, kernel],
 * transposed convolution [in, out, kernel, kernel], linear [out, in].
 */
public sealed interface Layer {

  /** Convolution with square kernel, stride and zero padding. Parameters: weight, bias. */
  record Conv2d(int in, int out, int kernel, int stride, int padding, boolean bias)
      implements Layer {}

  /** Transposed convolution. Parameters: weight, bias. */
  record ConvTranspose2d(int in, int out, int kernel, int stride, int padding, boolean bias)
      implements Layer {}

  /**
   * Batch normalisation of [batch, features] or [batch, features, height, width]. Parameters (when
   * affine): weight, bias. Statistics: running_mean, running_var (unbiased).
   *
   * @param momentum share of the new batch in the running statistics, PyTorch's convention
   */
  record BatchNorm(int features, boolean affine, double momentum, double epsilon) implements Layer {
    /** Affine, momentum 0.1, epsilon 1e-5. */
    public static BatchNorm of(int features) {
      return new BatchNorm(features, true, 0.1, 1e-5);
    }
  }

  /** y = x Wᵀ + b over the last dimension. Parameters: weight, bias. */
  record Linear(int in, int out, boolean bias) implements Layer {}

  /**
   * Linear layer without bias whose rows have unit length: y = x (V / ‖V‖)ᵀ. Parameter: weight_v.
   */
  record WeightNormLinear(int in, int out) implements Layer {}

  record Relu() implements Layer {}

  record LeakyRelu(double slope) implements Layer {}

  /** Exact (erf) GELU. */
  record Gelu() implements Layer {}

  record Sigmoid() implements Layer {}

  record Tanh() implements Layer {}

  record MaxPool2d(int kernel, int stride, int padding) implements Layer {}

  /** Mean over height and width: [batch, channels, h, w] to [batch, channels]. */
  record GlobalAveragePool() implements Layer {}

  /** Everything after the batch dimension into one. */
  record Flatten() implements Layer {}

  /** [batch, channels·height·width] to [batch, channels, height, width]. */
  record ToImage(int channels, int height, int width) implements Layer {}

  /** Nearest-neighbour enlargement by a whole factor. */
  record Upsample(int factor) implements Layer {}

  /** x / max(‖x‖₂, 1e-12) over the last dimension of [batch, features]. */
  record L2Normalize() implements Layer {}

  /**
   * Layer normalisation (Ba et al. 2016) over the last dimension: (x − mean) / √(variance + ε) ·
   * weight + bias, the variance biased. Parameters: weight, bias.
   */
  record LayerNorm(int features, double epsilon) implements Layer {
    /** ε 1e-6, as timm's transformers have it. */
    public static LayerNorm of(int features) {
      return new LayerNorm(features, 1e-6);
    }
  }

  /**
   * A square map of patches as tokens, [batch, features, side, side] to [batch, 1 + side²,
   * features] (Dosovitskiy et al. 2021): a learned class token, then the patches row by row, a
   * learned position added to each. Where {@code side} is not {@code grid}, the patches' positions
   * are resampled by {@link PositionGrid}. Parameters: cls_token [1, 1, features], pos_embed [1, 1
   * + grid², features].
   */
  record PatchTokens(int features, int grid) implements Layer {}

  /**
   * Multi-head self-attention over tokens [batch, tokens, features], {@code heads} dividing {@code
   * features}: with q, k, v of each head from one linear layer, softmax(q kᵀ / √(features / heads))
   * v, heads side by side, then a linear layer. Parameters: qkv.weight [3 · features, features]
   * (all of q, then k, then v, each head by head), qkv.bias, proj.weight, proj.bias.
   */
  record SelfAttention(int features, int heads) implements Layer {}

  /** The first token: [batch, tokens, features] to [batch, features]. */
  record ClassToken() implements Layer {}

  /**
   * The other tokens as a map again: [batch, 1 + side², features] to [batch, features, side, side].
   */
  record PatchMap() implements Layer {}

  /** Hands its input on as it is; what the body makes of it is seen as a tap alone. */
  record Aside(Layer body) implements Layer {}

  /** Children one after another. */
  record Sequential(List<Named> children) implements Layer {
    public Sequential {
      children = List.copyOf(children);
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
  }

  /** A layer under a name. A name may hold dots; an empty name adds no level. */
  record Named(String name, Layer layer) {}
}
