package io.millrace.learner.tensor;

import java.util.List;

/**
 * One layer of a network, as data. Images are [batch, channels, height, width]; vectors are [batch,
 * features]. Weights: convolution [out, in, kernel, kernel], transposed convolution [in, out,
 * kernel, kernel], linear [out, in].
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

  /** y = x Wᵀ + b. Parameters: weight, bias. */
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
