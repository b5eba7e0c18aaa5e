package io.millrace.learner.tensor;

import static io.millrace.learner.tensor.Specs.image;
import static io.millrace.learner.tensor.Specs.named;
import static io.millrace.learner.tensor.Specs.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every layer: its output against literal loops, its derivatives against central differences, in
 * float64; in float32, where engines take other kernels, both against those.
 */
public abstract class LayerContract extends PortContract {
  private static final double STEP = 1e-5;
  private static final double GRADIENT_TOLERANCE = 1e-6;

  /** A layer with the shape of an input for it, the batch first. */
  record Example(Layer layer, long... shape) {
    @Override
    public String toString() {
      return layer.getClass().getSimpleName();
    }
  }

  /** One of each kind. */
  static List<Example> examples() {
    var linear = List.of(named("fc", new Layer.Linear(4, 4, true)));
    return List.of(
        new Example(new Layer.Conv2d(2, 3, 3, 1, 1, true), 2, 2, 4, 5),
        new Example(new Layer.ConvTranspose2d(2, 3, 2, 2, 0, true), 2, 2, 3, 2),
        new Example(Layer.BatchNorm.of(3), 4, 3, 2, 2),
        new Example(new Layer.Linear(4, 3, true), 3, 4),
        new Example(new Layer.WeightNormLinear(4, 3), 3, 4),
        new Example(new Layer.Relu(), 3, 4),
        new Example(new Layer.LeakyRelu(0.1), 3, 4),
        new Example(new Layer.Gelu(), 3, 4),
        new Example(new Layer.Sigmoid(), 3, 4),
        new Example(new Layer.Tanh(), 3, 4),
        new Example(new Layer.MaxPool2d(2, 2, 0), 2, 2, 4, 4),
        new Example(new Layer.GlobalAveragePool(), 2, 3, 2, 3),
        new Example(new Layer.Flatten(), 2, 3, 1, 1),
        new Example(new Layer.ToImage(2, 1, 2), 3, 4),
        new Example(new Layer.Upsample(2), 2, 2, 2, 3),
        new Example(new Layer.L2Normalize(), 3, 4),
        new Example(Layer.LayerNorm.of(4), 3, 4),
        new Example(new Layer.PatchTokens(3, 2), 2, 3, 2, 2),
        new Example(new Layer.SelfAttention(4, 2), 2, 3, 4),
        new Example(new Layer.ClassToken(), 2, 3, 4),
        new Example(new Layer.PatchMap(), 2, 5, 3),
        new Example(new Layer.Aside(new Layer.Relu()), 3, 4),
        new Example(new Layer.Sequential(linear), 3, 4),
        new Example(new Layer.Residual(linear, List.of()), 3, 4),
        new Example(new Layer.Concat(linear, List.of()), 3, 4));
  }

  /** An engine's own test says which layers it lacks. */
  @Test
  void supportsEveryLayer() {
    List<Class<?>> kinds =
        examples().stream().<Class<?>>map(example -> example.layer().getClass()).toList();
    assertThat(kinds)
        .as("kinds of layers with an example")
        .containsExactlyInAnyOrder(Layer.class.getPermittedSubclasses());
    for (Example example : examples()) {
      assertThat(engine.supports(example.layer())).as("%s", example).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyLayersGradientsAreDerivatives(Example example) {
    try (Network network = engine.network(spec(example));
        Scope scope = engine.scope()) {
      randomize(network);
      checkGradients(network, HostArray.random(60, example.shape()), Mode.TRAIN);
    }
  }

  /** Features are the last dimension of vectors and tokens, the second of images. */
  @ParameterizedTest
  @MethodSource("examples")
  void everyLayerTellsItsOutputs(Example example) {
    try (Network network = engine.network(spec(example));
        Scope scope = engine.scope();
        Activations pass =
            network.forward(HostArray.random(61, example.shape()).on(engine), Mode.TRAIN)) {
      assertThat(example.layer().outputs((int) features(example.shape())))
          .isEqualTo((int) features(pass.output().shape()));
    }
  }

  private static NetworkSpec spec(Example example) {
    return Specs.lengths("every", example.shape(), named("layer", example.layer()));
  }

  private static long features(long... shape) {
    return shape.length == 4 ? shape[1] : shape[shape.length - 1];
  }

  @Test
  void convolution() {
    convolution(new Layer.Conv2d(3, 4, 3, 1, 1, true), 5, 5);
    convolution(new Layer.Conv2d(2, 3, 3, 2, 1, false), 6, 6);
    convolution(new Layer.Conv2d(3, 2, 1, 2, 0, true), 4, 5);
    convolution(new Layer.Conv2d(1, 2, 5, 2, 2, false), 5, 4);
    convolution(new Layer.Conv2d(2, 3, 4, 2, 1, true), 4, 7);
    convolution(new Layer.Conv2d(1, 2, 7, 2, 3, false), 8, 6);
    convolution(new Layer.Conv2d(2, 2, 3, 1, 0, true), 3, 4);
  }

  private void convolution(Layer.Conv2d c, int height, int width) {
    check(
        image("conv", c.in(), height, named("c", c)),
        HostArray.random(21, 2, c.in(), height, width),
        (x, p) -> {
          HostArray weight = p.get("c.weight");
          HostArray y = HostArray.zeros(2, c.out(), windows(height, c), windows(width, c));
          for (int n = 0; n < y.values().length; n++) {
            long[] i = y.index(n);
            double sum = c.bias() ? p.get("c.bias").at(i[1]) : 0;
            for (int channel = 0; channel < c.in(); channel++) {
              for (int kh = 0; kh < c.kernel(); kh++) {
                for (int kw = 0; kw < c.kernel(); kw++) {
                  long h = i[2] * c.stride() + kh - c.padding();
                  long w = i[3] * c.stride() + kw - c.padding();
                  if (h >= 0 && h < height && w >= 0 && w < width) {
                    sum += x.at(i[0], channel, h, w) * weight.at(i[1], channel, kh, kw);
                  }
                }
              }
            }
            y.set(sum, i);
          }
          return y;
        });
  }

  private static int windows(int length, Layer.Conv2d c) {
    return (length + 2 * c.padding() - c.kernel()) / c.stride() + 1;
  }

  @Test
  void anImageSmallerThanTheKernelIsNamed() {
    for (Layer layer :
        List.of(new Layer.Conv2d(1, 1, 5, 1, 0, true), new Layer.MaxPool2d(5, 1, 0))) {
      try (Network network = engine.network(image("small", 1, 4, named("layer", layer)));
          Tensor x = engine.zeros(2, 1, 4, 4)) {
        assertThatThrownBy(() -> network.forward(x, Mode.EVAL))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("layer small.layer on [2, 1, 4, 4]");
      }
    }
  }

  @Test
  void transposedConvolution() {
    transposed(new Layer.ConvTranspose2d(3, 2, 4, 2, 1, true), 3, 3);
    transposed(new Layer.ConvTranspose2d(2, 3, 3, 1, 0, false), 4, 3);
    transposed(new Layer.ConvTranspose2d(1, 2, 3, 2, 1, true), 2, 4);
  }

  private void transposed(Layer.ConvTranspose2d c, int height, int width) {
    int grown = c.kernel() - 2 * c.padding() - c.stride();
    int tall = height * c.stride() + grown;
    int wide = width * c.stride() + grown;
    check(
        image("deconv", c.in(), height, named("c", c)),
        HostArray.random(22, 2, c.in(), height, width),
        (x, p) -> {
          HostArray weight = p.get("c.weight");
          HostArray y = HostArray.zeros(2, c.out(), tall, wide);
          for (int n = 0; c.bias() && n < y.values().length; n++) {
            y.set(p.get("c.bias").at(y.index(n)[1]), y.index(n));
          }
          for (int n = 0; n < x.values().length; n++) {
            long[] i = x.index(n);
            for (int channel = 0; channel < c.out(); channel++) {
              for (int kh = 0; kh < c.kernel(); kh++) {
                for (int kw = 0; kw < c.kernel(); kw++) {
                  long h = i[2] * c.stride() + kh - c.padding();
                  long w = i[3] * c.stride() + kw - c.padding();
                  if (h >= 0 && h < tall && w >= 0 && w < wide) {
                    y.plus(x.values()[n] * weight.at(i[1], channel, kh, kw), i[0], channel, h, w);
                  }
                }
              }
            }
          }
          return y;
        });
  }

  @Test
  void batchNormByTheBatch() {
    var affine = new Layer.BatchNorm(3, true, 0.3, 1e-4);
    var plain = new Layer.BatchNorm(3, false, 0.3, 1e-4);
    for (long[] shape : new long[][] {{5, 3}, {2, 3, 2, 3}}) {
      for (Layer.BatchNorm b : List.of(affine, plain)) {
        check(
            shape.length == 2 ? vector("bn", 3, named("bn", b)) : image("bn", 3, 2, named("bn", b)),
            HostArray.random(23, shape).map(v -> 3 + 2 * v),
            (x, p) -> normalized(x, p, b, mean(x), variance(x, 0)));
      }
    }
  }

  @Test
  void batchNormByTheRunningStatistics() {
    for (boolean affine : new boolean[] {true, false}) {
      var b = new Layer.BatchNorm(2, affine, 0.1, 1e-3);
      byTheRunningStatistics(b, image("bn", 2, 2, named("bn", b)), 3, 2, 2, 2);
      byTheRunningStatistics(b, vector("bn", 2, named("bn", b)), 3, 2);
    }
  }

  private void byTheRunningStatistics(Layer.BatchNorm b, NetworkSpec spec, long... shape) {
    HostArray x = HostArray.random(24, shape);
    HostArray statistics = new HostArray(new double[] {0.5, -1, 2, 0.25}, 4);
    try (Network network = engine.network(spec);
        Scope scope = engine.scope()) {
      randomize(network);
      network.statistics().copyIn(statistics.on(engine));
      Map<String, HostArray> p = parameters(network);
      HostArray mean = new HostArray(new double[] {0.5, -1}, 2);
      HostArray variance = new HostArray(new double[] {2, 0.25}, 2);
      try (Activations pass = network.forward(x.on(engine), Mode.EVAL)) {
        assertSame(pass.output(), normalized(x, p, b, mean, variance));
      }
      assertSame(network.statistics(), statistics);
      checkGradients(network, x, Mode.EVAL);
    }
  }

  @Test
  void batchNormStatisticsMoveByTheUnbiasedVariance() {
    var b = new Layer.BatchNorm(3, true, 0.3, 1e-5);
    HostArray x = HostArray.random(25, 4, 3, 2, 1);
    try (Network network = engine.network(image("bn", 3, 2, named("bn", b)));
        Scope scope = engine.scope()) {
      assertThat(network.statistics().toDoubles()).containsExactly(0, 0, 0, 1, 1, 1);
      network.forward(x.on(engine), Mode.TRAIN).close();
      HostArray expected = HostArray.zeros(6);
      for (int f = 0; f < 3; f++) {
        expected.set(0.3 * mean(x).at(f), f);
        expected.set(0.7 + 0.3 * variance(x, 1).at(f), 3 + f);
      }
      assertSame(network.statistics(), expected);
    }
  }

  private static HostArray normalized(
      HostArray x,
      Map<String, HostArray> p,
      Layer.BatchNorm b,
      HostArray mean,
      HostArray variance) {
    HostArray y = HostArray.zeros(x.shape());
    for (int n = 0; n < x.values().length; n++) {
      long f = x.index(n)[1];
      double unit = (x.values()[n] - mean.at(f)) / Math.sqrt(variance.at(f) + b.epsilon());
      y.values()[n] = b.affine() ? unit * p.get("bn.weight").at(f) + p.get("bn.bias").at(f) : unit;
    }
    return y;
  }

  private static HostArray mean(HostArray x) {
    long features = x.shape()[1];
    double count = (double) x.values().length / features;
    HostArray mean = HostArray.zeros(features);
    for (int n = 0; n < x.values().length; n++) {
      mean.plus(x.values()[n] / count, x.index(n)[1]);
    }
    return mean;
  }

  private static HostArray variance(HostArray x, int correction) {
    long features = x.shape()[1];
    double count = (double) x.values().length / features - correction;
    HostArray mean = mean(x);
    HostArray variance = HostArray.zeros(features);
    for (int n = 0; n < x.values().length; n++) {
      long f = x.index(n)[1];
      variance.plus(Math.pow(x.values()[n] - mean.at(f), 2) / count, f);
    }
    return variance;
  }

  @Test
  void linear() {
    for (boolean bias : new boolean[] {true, false}) {
      check(
          vector("fc", 4, named("fc", new Layer.Linear(4, 3, bias))),
          HostArray.random(26, 5, 4),
          (x, p) -> product(x, p.get("fc.weight"), bias ? p.get("fc.bias") : null));
    }
  }

  @Test
  void weightNormalizedLinear() {
    check(
        vector("prototypes", 4, named("last", new Layer.WeightNormLinear(4, 3))),
        HostArray.random(27, 5, 4),
        (x, p) -> product(x, unit(p.get("last.weight_v")), null));
  }

  private static HostArray product(
      HostArray x, HostArray weight, @org.jspecify.annotations.Nullable HostArray bias) {
    HostArray y = HostArray.zeros(x.shape()[0], weight.shape()[0]);
    for (int n = 0; n < y.values().length; n++) {
      long[] i = y.index(n);
      double sum = bias == null ? 0 : bias.at(i[1]);
      for (int k = 0; k < x.shape()[1]; k++) {
        sum += x.at(i[0], k) * weight.at(i[1], k);
      }
      y.set(sum, i);
    }
    return y;
  }

  private static HostArray unit(HostArray x) {
    HostArray squares = x.map(v -> v * v).fold(0, Double::sum, 1);
    return HostArray.zip(x, squares, x.shape(), (v, s) -> v / Math.max(Math.sqrt(s), 1e-12));
  }

  @Test
  void activationFunctions() {
    elementwise(new Layer.Relu(), v -> Math.max(0, v));
    elementwise(new Layer.LeakyRelu(0.2), v -> v > 0 ? v : 0.2 * v);
    elementwise(new Layer.Sigmoid(), v -> 1 / (1 + Math.exp(-v)));
    elementwise(new Layer.Tanh(), Math::tanh);
    elementwise(new Layer.Gelu(), v -> v * normalDistribution(v));
  }

  private void elementwise(Layer layer, java.util.function.DoubleUnaryOperator function) {
    check(vector("f", 6, named("f", layer)), HostArray.random(28, 4, 6), (x, p) -> x.map(function));
    check(
        image("f", 2, 3, named("f", layer)),
        HostArray.random(29, 2, 2, 3, 3),
        (x, p) -> x.map(function));
  }

  /** Φ(x) by integrating its density with Simpson's rule. */
  private static double normalDistribution(double x) {
    int steps = 2000;
    double width = x / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double density = Math.exp(-Math.pow(i * width, 2) / 2) / Math.sqrt(2 * Math.PI);
      sum += density * (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2);
    }
    return 0.5 + sum * width / 3;
  }

  @Test
  void maxPool() {
    maxPool(new Layer.MaxPool2d(2, 2, 0), 4, 5);
    maxPool(new Layer.MaxPool2d(3, 2, 1), 5, 5);
    maxPool(new Layer.MaxPool2d(3, 2, 1), 6, 4);
  }

  /** Of negative numbers, which a border of zeros would beat. */
  private void maxPool(Layer.MaxPool2d pool, int height, int width) {
    check(
        image("pool", 2, height, named("pool", pool)),
        HostArray.random(30, 2, 2, height, width).map(v -> -1 - Math.abs(v)),
        (x, p) -> {
          int grown = 2 * pool.padding() - pool.kernel() + pool.stride();
          HostArray y =
              HostArray.zeros(
                      2, 2, (height + grown) / pool.stride(), (width + grown) / pool.stride())
                  .map(v -> Double.NEGATIVE_INFINITY);
          for (int n = 0; n < y.values().length; n++) {
            long[] i = y.index(n);
            for (int kh = 0; kh < pool.kernel(); kh++) {
              for (int kw = 0; kw < pool.kernel(); kw++) {
                long h = i[2] * pool.stride() + kh - pool.padding();
                long w = i[3] * pool.stride() + kw - pool.padding();
                if (h >= 0 && h < height && w >= 0 && w < width) {
                  y.values()[n] = Math.max(y.values()[n], x.at(i[0], i[1], h, w));
                }
              }
            }
          }
          return y;
        });
  }

  @Test
  void globalAveragePool() {
    check(
        image("pool", 3, 2, named("pool", new Layer.GlobalAveragePool())),
        HostArray.random(31, 2, 3, 2, 4),
        (x, p) -> x.fold(0, Double::sum, 2, 3).map(v -> v / 8).reshaped(2, 3));
  }

  @Test
  void shapesChange() {
    check(
        image("flat", 2, 3, named("flat", new Layer.Flatten())),
        HostArray.random(32, 2, 2, 3, 3),
        (x, p) -> x.reshaped(2, 18));
    check(
        vector("image", 12, named("image", new Layer.ToImage(3, 2, 2))),
        HostArray.random(33, 2, 12),
        (x, p) -> x.reshaped(2, 3, 2, 2));
  }

  @Test
  void upsampleRepeats() {
    check(
        image("up", 2, 2, named("up", new Layer.Upsample(3))),
        HostArray.random(34, 2, 2, 2, 3),
        (x, p) -> {
          HostArray y = HostArray.zeros(2, 2, 6, 9);
          for (int n = 0; n < y.values().length; n++) {
            long[] i = y.index(n);
            y.values()[n] = x.at(i[0], i[1], i[2] / 3, i[3] / 3);
          }
          return y;
        });
  }

  @Test
  void l2Normalize() {
    check(
        vector("unit", 4, named("unit", new Layer.L2Normalize())),
        HostArray.random(35, 3, 4),
        (x, p) -> unit(x));
    try (Network network = engine.network(vector("unit", 4, named("u", new Layer.L2Normalize())));
        Scope scope = engine.scope();
        Activations pass = network.forward(engine.zeros(2, 4), Mode.TRAIN)) {
      assertThat(pass.output().toDoubles()).containsOnly(0);
    }
  }

  @Test
  void layerNorm() {
    for (long[] shape : new long[][] {{3, 4}, {2, 3, 4}}) {
      check(
          Specs.lengths("ln", shape, named("ln", new Layer.LayerNorm(4, 1e-3))),
          HostArray.random(43, shape).map(v -> 3 + 2 * v),
          (x, p) -> {
            HostArray y = HostArray.zeros(shape);
            for (int row = 0; row < y.values().length; row += 4) {
              double mean = 0;
              double variance = 0;
              for (int f = 0; f < 4; f++) {
                mean += x.values()[row + f] / 4;
              }
              for (int f = 0; f < 4; f++) {
                variance += Math.pow(x.values()[row + f] - mean, 2) / 4;
              }
              for (int f = 0; f < 4; f++) {
                double unit = (x.values()[row + f] - mean) / Math.sqrt(variance + 1e-3);
                y.values()[row + f] = unit * p.get("ln.weight").at(f) + p.get("ln.bias").at(f);
              }
            }
            return y;
          });
    }
  }

  @Test
  void linearOverTokens() {
    check(
        Specs.lengths("fc", new long[] {2, 3, 4}, named("fc", new Layer.Linear(4, 5, true))),
        HostArray.random(44, 2, 3, 4),
        (x, p) ->
            product(x.reshaped(6, 4), p.get("fc.weight"), p.get("fc.bias")).reshaped(2, 3, 5));
  }

  /** On the grid that positions are learned for, on a larger and on a smaller one. */
  @Test
  void patchTokens() {
    for (int side : new int[] {3, 5, 2}) {
      double[] m = PositionGrid.resampling(3, side);
      check(
          image("tokens", 2, side, named("", new Layer.PatchTokens(2, 3))),
          HostArray.random(45, 2, 2, side, side),
          (x, p) -> {
            HostArray positions = p.get("pos_embed");
            HostArray y = HostArray.zeros(2, 1 + side * side, 2);
            for (int n = 0; n < y.values().length; n++) {
              long[] i = y.index(n);
              if (i[1] == 0) {
                y.set(p.get("cls_token").at(0, 0, i[2]) + positions.at(0, 0, i[2]), i);
                continue;
              }
              int row = (int) (i[1] - 1) / side;
              int column = (int) (i[1] - 1) % side;
              double sum = x.at(i[0], i[2], row, column);
              for (int r = 0; r < 3; r++) {
                for (int c = 0; c < 3; c++) {
                  sum += m[row * 3 + r] * m[column * 3 + c] * positions.at(0, 1 + r * 3 + c, i[2]);
                }
              }
              y.set(sum, i);
            }
            return y;
          });
    }
  }

  @Test
  void selfAttention() {
    for (int heads : new int[] {1, 2}) {
      check(
          Specs.lengths(
              "attn", new long[] {2, 3, 4}, named("attn", new Layer.SelfAttention(4, heads))),
          HostArray.random(46, 2, 3, 4),
          (x, p) -> {
            HostArray qkv =
                product(x.reshaped(6, 4), p.get("attn.qkv.weight"), p.get("attn.qkv.bias"));
            HostArray joined = HostArray.zeros(6, 4);
            int length = 4 / heads;
            for (int image = 0; image < 2; image++) {
              for (int head = 0; head < heads; head++) {
                for (int i = 0; i < 3; i++) {
                  double[] share = new double[3];
                  double all = 0;
                  for (int j = 0; j < 3; j++) {
                    double dot = 0;
                    for (int f = head * length; f < (head + 1) * length; f++) {
                      dot += qkv.at(image * 3 + i, f) * qkv.at(image * 3 + j, 4 + f);
                    }
                    share[j] = Math.exp(dot / Math.sqrt(length));
                    all += share[j];
                  }
                  for (int j = 0; j < 3; j++) {
                    for (int f = head * length; f < (head + 1) * length; f++) {
                      double value = qkv.at(image * 3 + j, 8 + f);
                      joined.plus(share[j] / all * value, image * 3 + i, f);
                    }
                  }
                }
              }
            }
            return product(joined, p.get("attn.proj.weight"), p.get("attn.proj.bias"))
                .reshaped(2, 3, 4);
          });
    }
  }

  @Test
  void tokensGoApart() {
    check(
        Specs.lengths("token", new long[] {2, 5, 3}, named("token", new Layer.ClassToken())),
        HostArray.random(47, 2, 5, 3),
        (x, p) -> {
          HostArray y = HostArray.zeros(2, 3);
          for (int n = 0; n < 6; n++) {
            y.values()[n] = x.at(n / 3, 0, n % 3);
          }
          return y;
        });
    check(
        Specs.lengths("map", new long[] {2, 5, 3}, named("map", new Layer.PatchMap())),
        HostArray.random(48, 2, 5, 3),
        (x, p) -> {
          HostArray y = HostArray.zeros(2, 3, 2, 2);
          for (int n = 0; n < y.values().length; n++) {
            long[] i = y.index(n);
            y.values()[n] = x.at(i[0], 1 + 2 * i[2] + i[3], i[1]);
          }
          return y;
        });
    check(
        vector("aside", 3, named("aside", new Layer.Aside(new Layer.Tanh()))),
        HostArray.random(49, 2, 3),
        (x, p) -> x);
  }

  @Test
  void visionTransformerGradients() {
    try (Network network = engine.network(Specs.transformer());
        Scope scope = engine.scope()) {
      randomize(network);
      checkGradients(network, HostArray.random(50, 1, 3, 6, 6), Mode.TRAIN);
      checkGradients(network, HostArray.random(51, 1, 3, 4, 4), Mode.TRAIN, "layer2");
    }
  }

  @Test
  void sequentialAndResidual() {
    var body =
        new Layer.Sequential(
            List.of(named("a", new Layer.Linear(3, 3, true)), named("t", new Layer.Tanh())));
    LiteralLayer bodyOnHost =
        (x, p) -> product(x, p.get("r.a.weight"), p.get("r.a.bias")).map(Math::tanh);
    check(
        vector("r", 3, named("r", new Layer.Residual(List.of(named("", body)), List.of()))),
        HostArray.random(36, 2, 3),
        (x, p) -> HostArray.zip(bodyOnHost.apply(x, p), x, x.shape(), Double::sum));
    check(
        vector(
            "r",
            3,
            named(
                "r",
                new Layer.Residual(
                    List.of(named("", body)),
                    List.of(named("down", new Layer.Linear(3, 3, false)))))),
        HostArray.random(37, 2, 3),
        (x, p) ->
            HostArray.zip(
                bodyOnHost.apply(x, p),
                product(x, p.get("r.down.weight"), null),
                x.shape(),
                Double::sum));
    check(vector("nothing", 3), HostArray.random(38, 2, 3), (x, p) -> x);
    check(
        vector("twice", 3, named("r", new Layer.Residual(List.of(), List.of()))),
        HostArray.random(39, 2, 3),
        (x, p) -> x.map(v -> 2 * v));
  }

  @Test
  void concat() {
    var pooled = List.of(named("pool", new Layer.GlobalAveragePool()));
    var convolved =
        List.of(
            named("c", new Layer.Conv2d(3, 2, 1, 1, 0, false)),
            named("pool", new Layer.GlobalAveragePool()));
    check(
        image("both", 3, 2, named("", new Layer.Concat(convolved, pooled))),
        HostArray.random(52, 2, 3, 2, 2),
        (x, p) -> {
          HostArray mean = HostArray.zeros(2, 3);
          for (int n = 0; n < x.values().length; n++) {
            long[] i = x.index(n);
            mean.values()[(int) (i[0] * 3 + i[1])] += x.values()[n] / 4;
          }
          HostArray y = HostArray.zeros(2, 5);
          for (int n = 0; n < y.values().length; n++) {
            long[] i = y.index(n);
            if (i[1] >= 2) {
              y.values()[n] = mean.at(i[0], i[1] - 2);
            } else {
              for (int channel = 0; channel < 3; channel++) {
                y.values()[n] += p.get("c.weight").at(i[1], channel, 0, 0) * mean.at(i[0], channel);
              }
            }
          }
          return y;
        });
    check(
        vector("twice", 3, named("c", new Layer.Concat(List.of(), List.of()))),
        HostArray.random(53, 2, 3),
        (x, p) -> {
          HostArray y = HostArray.zeros(2, 6);
          for (int n = 0; n < y.values().length; n++) {
            long[] i = y.index(n);
            y.values()[n] = x.at(i[0], i[1] % 3);
          }
          return y;
        });
  }

  /** Two in a row that might overwrite what the first has saved. */
  @Test
  void activationsAfterOneAnother() {
    for (Layer first :
        List.of(new Layer.Sigmoid(), new Layer.Relu(), new Layer.Gelu(), new Layer.Tanh())) {
      NetworkSpec spec =
          vector(
              "f",
              3,
              named("fc", new Layer.Linear(3, 4, true)),
              named("first", first),
              named("second", new Layer.Relu()),
              named("third", new Layer.LeakyRelu(0.5)));
      try (Network network = engine.network(spec);
          Scope scope = engine.scope()) {
        randomize(network);
        checkGradients(network, HostArray.random(40, 5, 3), Mode.TRAIN);
      }
    }
  }

  @Test
  void residualNetworkGradients() {
    try (Network network = engine.network(Specs.residual());
        Scope scope = engine.scope()) {
      randomize(network);
      checkGradients(network, HostArray.random(41, 3, 3, 6, 6), Mode.TRAIN_FROZEN_STATS);
    }
  }

  /**
   * Numbers of channels that fill vector registers, for which engines have kernels of their own.
   */
  @Test
  void manyChannelsInFloat32() {
    for (Layer layer :
        List.of(
            new Layer.Conv2d(16, 16, 3, 1, 1, false),
            new Layer.Conv2d(16, 32, 3, 2, 1, true),
            new Layer.Conv2d(16, 32, 1, 2, 0, false),
            new Layer.Conv2d(16, 64, 7, 2, 3, false),
            new Layer.ConvTranspose2d(16, 8, 4, 2, 1, true),
            Layer.BatchNorm.of(16),
            new Layer.Gelu(),
            new Layer.MaxPool2d(3, 2, 1),
            new Layer.Upsample(2),
            new Layer.GlobalAveragePool())) {
      NetworkSpec spec = image("wide", 16, 12, named("layer", layer));
      HostArray x = HostArray.random(52, 3, 16, 12, 12);
      assertNear(
          outputAndGradients(spec, x, Precision.FLOAT32),
          outputAndGradients(spec, x, Precision.FLOAT64));
    }
  }

  /** Their distance over their length. */
  private void assertNear(double[] actual, double[] expected) {
    double distance = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      distance += Math.pow(actual[i] - expected[i], 2);
      length += expected[i] * expected[i];
    }
    assertThat(Math.sqrt(distance)).isLessThan(singleTolerance() * Math.sqrt(length));
  }

  /** A pass that goes wrong must be seen to. */
  @Test
  void notANumberGoesThroughEveryLayer() {
    HostArray image = HostArray.random(54, 2, 4, 4, 4).set(Double.NaN, 0, 0, 0, 0);
    HostArray vector = HostArray.random(55, 2, 64).set(Double.NaN, 0, 0);
    for (Layer layer :
        List.of(
            new Layer.Conv2d(4, 4, 3, 1, 1, true),
            new Layer.ConvTranspose2d(4, 4, 3, 1, 1, true),
            Layer.BatchNorm.of(4),
            new Layer.MaxPool2d(2, 2, 0),
            new Layer.MaxPool2d(3, 2, 1),
            new Layer.GlobalAveragePool(),
            new Layer.Upsample(2),
            new Layer.Flatten())) {
      assertNaN(image("image", 4, 4, named("layer", layer)), image);
    }
    for (Layer layer :
        List.of(
            new Layer.Linear(64, 64, true),
            new Layer.WeightNormLinear(64, 64),
            Layer.BatchNorm.of(64),
            new Layer.Relu(),
            new Layer.LeakyRelu(0.2),
            new Layer.Gelu(),
            new Layer.Sigmoid(),
            new Layer.Tanh(),
            new Layer.ToImage(4, 4, 4),
            new Layer.L2Normalize())) {
      assertNaN(vector("vector", 64, named("layer", layer)), vector);
    }
  }

  private void assertNaN(NetworkSpec spec, HostArray x) {
    for (Precision precision : List.of(Precision.FLOAT64, Precision.FLOAT32)) {
      try (Engine own = open(precision);
          Scope scope = own.scope();
          Network network = own.network(spec)) {
        randomize(network, own);
        for (Mode mode : List.of(Mode.TRAIN, Mode.EVAL)) {
          try (Activations pass = network.forward(x.on(own), mode)) {
            assertThat(pass.output().sum(false).item()).as("%s %s", spec, precision).isNaN();
          }
        }
      }
    }
  }

  // The harness.

  /** A layer in literal loops over its input and the network's parameters by name. */
  interface LiteralLayer {
    HostArray apply(HostArray x, Map<String, HostArray> parameters);
  }

  private void check(NetworkSpec spec, HostArray x, LiteralLayer literal) {
    try (Network network = engine.network(spec);
        Scope scope = engine.scope()) {
      randomize(network);
      Map<String, HostArray> parameters = parameters(network);
      for (boolean keepGraph : new boolean[] {false, true}) {
        Tensor input = x.on(engine);
        try (Activations pass = network.forward(input, Mode.TRAIN_FROZEN_STATS, keepGraph)) {
          assertSame(pass.output(), literal.apply(x, parameters));
        }
        assertSame(input, x);
      }
      checkGradients(network, x, Mode.TRAIN_FROZEN_STATS);
    }
    double[] exact = outputAndGradients(spec, x, Precision.FLOAT64);
    assertClose(outputAndGradients(spec, x, Precision.FLOAT32), exact, singleTolerance());
  }

  /** How far float32 may be from float64, for single layers. */
  protected double singleTolerance() {
    return 1e-5;
  }

  /** The output, the derivative by the input and those by the parameters, one after another. */
  private double[] outputAndGradients(NetworkSpec spec, HostArray x, Precision precision) {
    try (Engine own = open(precision);
        Scope scope = own.scope();
        Network network = own.network(spec)) {
      randomize(network, own);
      try (Activations pass = network.forward(x.on(own), Mode.TRAIN_FROZEN_STATS, true)) {
        HostArray r = HostArray.random(42, pass.output().shape());
        Tensor byInput = pass.backward(r.on(own), true);
        assertThat(byInput).isNotNull();
        List<Tensor> all =
            List.of(pass.output().reshape(-1), byInput.reshape(-1), network.gradients());
        return own.concat(0, all).toDoubles();
      }
    }
  }

  private void randomize(Network network) {
    randomize(network, engine);
  }

  private static void randomize(Network network, Engine on) {
    long count = network.layout().parameterCount();
    network.parameters().copyIn(HostArray.random(20, count).map(v -> 0.5 * v).on(on));
  }

  private static Map<String, HostArray> parameters(Network network) {
    return Segments.byName(network.layout().parameters(), network.parameters());
  }

  private void checkGradients(Network network, HostArray x, Mode mode) {
    checkGradients(network, x, mode, Activations.OUTPUT);
  }

  /** Derivatives of Σ r·tap for a random r, against central differences. */
  private void checkGradients(Network network, HostArray x, Mode mode, String tap) {
    HostArray r;
    double[] byInput;
    double[] byParameters;
    try (Activations pass = network.forward(x.on(engine), mode, true)) {
      r = HostArray.random(42, pass.tap(tap).shape());
      network.clearGradients();
      Tensor gradient = pass.backward(Map.of(tap, r.on(engine)), true, true);
      assertThat(gradient).isNotNull();
      assertThat(gradient.shape()).isEqualTo(x.shape());
      byInput = gradient.toDoubles();
      byParameters = network.gradients().toDoubles();
    }
    double[] values = x.values().clone();
    double[] numeric = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      double at = values[i];
      values[i] = at + STEP;
      double up = loss(network, new HostArray(values, x.shape()), r, mode, tap);
      values[i] = at - STEP;
      double down = loss(network, new HostArray(values, x.shape()), r, mode, tap);
      values[i] = at;
      numeric[i] = (up - down) / (2 * STEP);
    }
    assertClose(byInput, numeric, GRADIENT_TOLERANCE);
    // Of a large network every n-th parameter is enough: each segment is still met.
    int stride = 1 + byParameters.length / 300;
    int checked = (byParameters.length + stride - 1) / stride;
    double[] some = new double[checked];
    double[] slopes = new double[checked];
    for (int i = 0; i < checked; i++) {
      some[i] = byParameters[i * stride];
      try (Scope scope = engine.scope()) {
        Tensor parameter = network.parameters().slice(0, i * stride, i * stride + 1);
        double at = parameter.item();
        parameter.fillIn(at + STEP);
        double up = loss(network, x, r, mode, tap);
        parameter.fillIn(at - STEP);
        double down = loss(network, x, r, mode, tap);
        parameter.fillIn(at);
        slopes[i] = (up - down) / (2 * STEP);
      }
    }
    assertClose(some, slopes, GRADIENT_TOLERANCE);
  }

  private double loss(Network network, HostArray x, HostArray r, Mode mode, String tap) {
    try (Scope scope = engine.scope();
        Activations pass = network.forward(x.on(engine), mode, false)) {
      return pass.tap(tap).mul(r.on(engine)).sum(false).item();
    }
  }
}
