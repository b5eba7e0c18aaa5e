package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/**
 * A chain of linear, convolution, batch normalization, activation, L2, enlargement and average
 * pooling layers over flat rows, computed element by element in double, with its way back.
 * Parameters and statistics are in the order of a flat vector.
 */
public final class LiteralNetwork {
  private static final double MOMENTUM = 0.1;
  private static final double EPSILON = 1e-5;

  public final double[] parameters;
  public final double[] gradients;
  public final double[] statistics;
  private final List<Layer> layers = new ArrayList<>();
  private final List<Integer> channels = new ArrayList<>(); // of what each layer sees

  public LiteralNetwork(NetworkSpec spec, double[] parameters, double[] statistics) {
    for (Named child : spec.children()) {
      channels.add(
          OutputFeatures.of(
              new NetworkSpec(
                  "before", spec.input(), spec.children().subList(0, layers.size()), Set.of())));
      layers.add(child.layer());
    }
    this.parameters = parameters.clone();
    this.gradients = new double[parameters.length];
    this.statistics = statistics.clone();
  }

  /** A backbone for images of this side: a perceptron with one hidden layer, five features. */
  public static NetworkSpec perceptron(int side) {
    int pixels = 3 * side * side;
    return new NetworkSpec(
        "student",
        List.of(3, side, side),
        List.of(
            new Named("flatten", new Layer.Flatten()),
            new Named("fc1", new Layer.Linear(pixels, 7, true)),
            new Named("bn1", Layer.BatchNorm.of(7)),
            new Named("relu", new Layer.Relu()),
            new Named("fc2", new Layer.Linear(7, 5, true))),
        Set.of());
  }

  /** The same up to a last map of 3 × 2 × 2, which is pooled to three features. */
  public static NetworkSpec mapping(int side) {
    var children = new ArrayList<>(perceptron(side).children());
    children.set(4, new Named("fc2", new Layer.Linear(7, 12, true)));
    children.add(new Named("layer4", new Layer.ToImage(3, 2, 2)));
    children.add(new Named("avgpool", new Layer.GlobalAveragePool()));
    return new NetworkSpec("student", List.of(3, side, side), children, Set.of("layer4"));
  }

  /** From so many numbers to an image of this side by one linear layer and what comes last. */
  public static NetworkSpec painter(String name, int in, int side, Layer... last) {
    var children = new ArrayList<Named>();
    children.add(new Named("fc", new Layer.Linear(in, 3 * side * side, true)));
    children.add(new Named("image", new Layer.ToImage(3, side, side)));
    for (Layer layer : last) {
      children.add(new Named("last", layer));
    }
    return new NetworkSpec(name, List.of(in), children, Set.of());
  }

  /** A network of a state as it is now. */
  public static LiteralNetwork of(MethodState state, String name) {
    Network network = state.network(name);
    return new LiteralNetwork(
        network.spec(), network.parameters().toDoubles(), network.statistics().toDoubles());
  }

  /** A state's network has come to hold the same numbers. */
  public void same(MethodState state, String name) {
    Network network = state.network(name);
    assertThat(network.parameters().toDoubles()).as(name).containsExactly(parameters, within(1e-9));
    assertThat(network.statistics().toDoubles()).as(name).containsExactly(statistics, within(1e-9));
  }

  /** SGD; gradients are zero afterwards. */
  public void sgd(double[] velocity, double rate, OptimizerSettings optimizer) {
    for (int i = 0; i < velocity.length; i++) {
      double g = gradients[i] + optimizer.weightDecay() * parameters[i];
      velocity[i] = optimizer.momentum() * velocity[i] + g;
      parameters[i] -=
          rate * (optimizer.nesterov() ? g + optimizer.momentum() * velocity[i] : velocity[i]);
      gradients[i] = 0;
    }
  }

  /** Takes over another's parameters and statistics. */
  public void become(LiteralNetwork other) {
    System.arraycopy(other.parameters, 0, parameters, 0, parameters.length);
    System.arraycopy(other.statistics, 0, statistics, 0, statistics.length);
  }

  /** The output of a pass. */
  public static double[][] last(List<double[][]> seen) {
    return seen.get(seen.size() - 1);
  }

  /** The map that the last layer of a pass pooled. */
  public static double[][] map(List<double[][]> seen) {
    return seen.get(seen.size() - 2);
  }

  /** Rows of a batch, flat. */
  public static double[][] rows(Tensor batch) {
    double[] flat = batch.toDoubles();
    int rows = (int) batch.size(0);
    int each = flat.length / rows;
    double[][] out = new double[rows][];
    for (int i = 0; i < rows; i++) {
      out[i] = Arrays.copyOfRange(flat, i * each, (i + 1) * each);
    }
    return out;
  }

  /** One pass in training mode: what each layer saw, and the output last. */
  public List<double[][]> forward(double[][] x) {
    return forward(x, Mode.TRAIN);
  }

  /** One pass: what each layer saw, and the output last. */
  public List<double[][]> forward(double[][] x, Mode mode) {
    var seen = new ArrayList<double[][]>();
    seen.add(x);
    int p = 0;
    int s = 0;
    for (Layer layer : layers) {
      double[][] in = last(seen);
      if (layer instanceof Layer.Linear linear) {
        seen.add(linear(linear, in, p));
        p += size(linear);
      } else if (layer instanceof Layer.WeightNormLinear linear) {
        seen.add(prototypes(linear, in, p));
        p += linear.out() * linear.in();
      } else if (layer instanceof Layer.BatchNorm norm) {
        int f = norm.features();
        seen.add(LiteralMaps.maps(normalize(norm, LiteralMaps.cells(in, f), p, s, mode), in));
        p += size(norm);
        s += 2 * norm.features();
      } else if (isActivation(layer)) {
        seen.add(each(in, v -> activation(layer, v)));
      } else if (layer instanceof Layer.L2Normalize) {
        seen.add(unit(in));
      } else if (layer instanceof Layer.Conv2d conv) {
        seen.add(LiteralMaps.convolution(conv, in, parameters, p));
        p += LiteralMaps.parameters(conv);
      } else if (layer instanceof Layer.Upsample up) {
        seen.add(LiteralMaps.enlarged(channels.get(seen.size() - 1), up.factor(), in));
      } else if (layer instanceof Layer.GlobalAveragePool) {
        seen.add(pool(channels.get(seen.size() - 1), in));
      } else {
        seen.add(in); // flatten, to image: rows are flat here
      }
    }
    return seen;
  }

  private double[][] linear(Layer.Linear layer, double[][] x, int p) {
    double[][] y = new double[x.length][layer.out()];
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < layer.out(); o++) {
        y[i][o] = layer.bias() ? parameters[p + layer.out() * layer.in() + o] : 0;
        for (int k = 0; k < layer.in(); k++) {
          y[i][o] += parameters[p + o * layer.in() + k] * x[i][k];
        }
      }
    }
    return y;
  }

  private static int size(Layer.Linear linear) {
    return linear.out() * linear.in() + (linear.bias() ? linear.out() : 0);
  }

  private static int size(Layer.BatchNorm norm) {
    return norm.affine() ? 2 * norm.features() : 0;
  }

  private static double length(double[] row) {
    return Math.sqrt(Arrays.stream(row).map(v -> v * v).sum());
  }

  private static double[][] unit(double[][] x) {
    double[][] y = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      double length = length(x[i]);
      y[i] = Arrays.stream(x[i]).map(v -> v / length).toArray();
    }
    return y;
  }

  /** The share of a standard normal below v, by its power series; for small v. */
  private static double normalBelow(double v) {
    double term = v;
    double sum = 0;
    for (int n = 0; n < 200; n++) {
      sum += term / (2 * n + 1);
      term *= -v * v / (2 * (n + 1));
    }
    return 0.5 + sum / Math.sqrt(2 * Math.PI);
  }

  private double[][] normalize(Layer.BatchNorm norm, double[][] x, int p, int s, Mode mode) {
    int features = norm.features();
    int n = x.length;
    double[][] y = new double[n][features];
    for (int f = 0; f < features; f++) {
      double mean = mode == Mode.EVAL ? statistics[s + f] : mean(x, f);
      double variance = mode == Mode.EVAL ? statistics[s + features + f] : variance(x, f, mean);
      for (int i = 0; i < n; i++) {
        double unit = (x[i][f] - mean) / Math.sqrt(variance + EPSILON);
        y[i][f] = norm.affine() ? parameters[p + f] * unit + parameters[p + features + f] : unit;
      }
      if (mode == Mode.TRAIN) {
        double unbiased = variance * n / (n - 1);
        statistics[s + f] += MOMENTUM * (mean - statistics[s + f]);
        statistics[s + features + f] += MOMENTUM * (unbiased - statistics[s + features + f]);
      }
    }
    return y;
  }

  private static double mean(double[][] x, int f) {
    double sum = 0;
    for (double[] row : x) {
      sum += row[f];
    }
    return sum / x.length;
  }

  private static double variance(double[][] x, int f, double mean) {
    double sum = 0;
    for (double[] row : x) {
      sum += (row[f] - mean) * (row[f] - mean);
    }
    return sum / x.length;
  }

  private double[][] prototypes(Layer.WeightNormLinear layer, double[][] x, int p) {
    double[][] y = new double[x.length][layer.out()];
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < layer.out(); o++) {
        for (int k = 0; k < layer.in(); k++) {
          y[i][o] += parameters[p + o * layer.in() + k] * x[i][k] / length(layer, p, o);
        }
      }
    }
    return y;
  }

  private double length(Layer.WeightNormLinear layer, int p, int o) {
    double square = 0;
    for (int k = 0; k < layer.in(); k++) {
      square += parameters[p + o * layer.in() + k] * parameters[p + o * layer.in() + k];
    }
    return Math.sqrt(square);
  }

  private static double[][] pool(int channels, double[][] x) {
    int cells = x[0].length / channels;
    double[][] y = new double[x.length][channels];
    for (int i = 0; i < x.length; i++) {
      for (int f = 0; f < x[i].length; f++) {
        y[i][f / cells] += x[i][f] / cells;
      }
    }
    return y;
  }

  private static double[][] poolBack(int channels, double[][] x, double[][] dy) {
    int cells = x[0].length / channels;
    double[][] dx = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int f = 0; f < x[i].length; f++) {
        dx[i][f] = dy[i][f / cells] / cells;
      }
    }
    return dx;
  }

  private static boolean isActivation(Layer layer) {
    return layer instanceof Layer.Relu
        || layer instanceof Layer.LeakyRelu
        || layer instanceof Layer.Gelu
        || layer instanceof Layer.Tanh;
  }

  private static double activation(Layer layer, double v) {
    if (layer instanceof Layer.Tanh) {
      return Math.tanh(v);
    }
    if (layer instanceof Layer.Gelu) {
      return v * normalBelow(v);
    }
    return v > 0 ? v : slope(layer) * v;
  }

  private static double derivative(Layer layer, double v) {
    if (layer instanceof Layer.Tanh) {
      return 1 - Math.tanh(v) * Math.tanh(v);
    }
    if (layer instanceof Layer.Gelu) {
      return normalBelow(v) + v * Math.exp(-v * v / 2) / Math.sqrt(2 * Math.PI);
    }
    return v > 0 ? 1 : slope(layer);
  }

  private static double slope(Layer layer) {
    return layer instanceof Layer.LeakyRelu leaky ? leaky.slope() : 0;
  }

  private static double[][] each(double[][] x, DoubleUnaryOperator function) {
    double[][] y = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      y[i] = Arrays.stream(x[i]).map(function).toArray();
    }
    return y;
  }

  /** Adds to the gradients; returns the derivative with respect to the input. */
  public double[][] backward(List<double[][]> seen, double[][] dy) {
    return backward(seen, dy, layers.size());
  }

  /**
   * The same from the output of the {@code from}-th layer on; those after it have no parameters.
   */
  public double[][] backward(List<double[][]> seen, double[][] dy, int from) {
    int p = parameters.length;
    double[][] d = dy;
    for (int l = from - 1; l >= 0; l--) {
      double[][] x = seen.get(l);
      if (layers.get(l) instanceof Layer.Linear linear) {
        p -= size(linear);
        d = linearBack(linear, x, d, p);
      } else if (layers.get(l) instanceof Layer.BatchNorm norm) {
        int f = norm.features();
        p -= size(norm);
        double[][] dCells = LiteralMaps.cells(d, f);
        d = LiteralMaps.maps(normalizeBack(norm, LiteralMaps.cells(x, f), dCells, p), x);
      } else if (layers.get(l) instanceof Layer.WeightNormLinear linear) {
        p -= linear.out() * linear.in();
        d = prototypesBack(linear, x, d, p);
      } else if (layers.get(l) instanceof Layer.GlobalAveragePool) {
        d = poolBack(channels.get(l), x, d);
      } else if (layers.get(l) instanceof Layer.L2Normalize) {
        d = unitBack(x, d);
      } else if (isActivation(layers.get(l))) {
        double[][] dx = new double[x.length][x[0].length];
        for (int i = 0; i < x.length; i++) {
          for (int f = 0; f < x[i].length; f++) {
            dx[i][f] = d[i][f] * derivative(layers.get(l), x[i][f]);
          }
        }
        d = dx;
      } else if (layers.get(l) instanceof Layer.Conv2d conv) {
        p -= LiteralMaps.parameters(conv);
        d = LiteralMaps.convolutionBack(conv, x, d, parameters, gradients, p);
      } else if (layers.get(l) instanceof Layer.Upsample up) {
        d = LiteralMaps.enlargedBack(channels.get(l), up.factor(), x, d);
      }
    }
    return d;
  }

  private double[][] linearBack(Layer.Linear layer, double[][] x, double[][] dy, int p) {
    double[][] dx = new double[x.length][layer.in()];
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < layer.out(); o++) {
        if (layer.bias()) {
          gradients[p + layer.out() * layer.in() + o] += dy[i][o];
        }
        for (int k = 0; k < layer.in(); k++) {
          gradients[p + o * layer.in() + k] += dy[i][o] * x[i][k];
          dx[i][k] += dy[i][o] * parameters[p + o * layer.in() + k];
        }
      }
    }
    return dx;
  }

  private double[][] prototypesBack(
      Layer.WeightNormLinear layer, double[][] x, double[][] dy, int p) {
    double[][] y = prototypes(layer, x, p);
    double[][] dx = new double[x.length][layer.in()];
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < layer.out(); o++) {
        double length = length(layer, p, o);
        for (int k = 0; k < layer.in(); k++) {
          double unit = parameters[p + o * layer.in() + k] / length;
          dx[i][k] += dy[i][o] * unit;
          gradients[p + o * layer.in() + k] += dy[i][o] * (x[i][k] - y[i][o] * unit) / length;
        }
      }
    }
    return dx;
  }

  private static double[][] unitBack(double[][] x, double[][] dy) {
    double[][] y = unit(x);
    double[][] dx = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      double along = 0;
      for (int k = 0; k < x[i].length; k++) {
        along += y[i][k] * dy[i][k];
      }
      dx[i] = new double[x[i].length];
      for (int k = 0; k < x[i].length; k++) {
        dx[i][k] = (dy[i][k] - along * y[i][k]) / length(x[i]);
      }
    }
    return dx;
  }

  private double[][] normalizeBack(Layer.BatchNorm norm, double[][] x, double[][] dy, int p) {
    int features = norm.features();
    int n = x.length;
    double[][] dx = new double[n][features];
    for (int f = 0; f < features; f++) {
      double mean = mean(x, f);
      double deviation = Math.sqrt(variance(x, f, mean) + EPSILON);
      double sum = 0;
      double sumUnit = 0;
      for (int i = 0; i < n; i++) {
        double unit = (x[i][f] - mean) / deviation;
        sum += dy[i][f];
        sumUnit += dy[i][f] * unit;
      }
      double weight = norm.affine() ? parameters[p + f] : 1;
      if (norm.affine()) {
        gradients[p + f] += sumUnit;
        gradients[p + features + f] += sum;
      }
      for (int i = 0; i < n; i++) {
        double unit = (x[i][f] - mean) / deviation;
        dx[i][f] = weight / deviation * (dy[i][f] - sum / n - unit * sumUnit / n);
      }
    }
    return dx;
  }
}
