package io.millrace.learner.method;

import io.millrace.learner.tensor.Layer;

/** Layers over square maps in flat rows, channel by channel, computed element by element. */
public final class LiteralMaps {
  private LiteralMaps() {}

  /** Rows of features for batch normalization: one for each cell of each map. */
  public static double[][] cells(double[][] maps, int channels) {
    int plane = maps[0].length / channels;
    double[][] out = new double[maps.length * plane][channels];
    for (int i = 0; i < out.length; i++) {
      for (int c = 0; c < channels; c++) {
        out[i][c] = maps[i / plane][c * plane + i % plane];
      }
    }
    return out;
  }

  /** The way back from cells to maps shaped as these. */
  public static double[][] maps(double[][] cells, double[][] like) {
    int plane = cells.length / like.length;
    double[][] out = new double[like.length][like[0].length];
    for (int i = 0; i < cells.length; i++) {
      for (int c = 0; c < cells[i].length; c++) {
        out[i / plane][c * plane + i % plane] = cells[i][c];
      }
    }
    return out;
  }

  /** Number of a convolution's parameters: weight, then bias. */
  public static int parameters(Layer.Conv2d conv) {
    return conv.out() * conv.in() * conv.kernel() * conv.kernel() + (conv.bias() ? conv.out() : 0);
  }

  /** One product of a convolution: output, input and weight by their places. */
  private interface Product {
    void visit(int image, int out, int in, int weight);
  }

  private static void products(Layer.Conv2d conv, double[][] x, Product product) {
    if (conv.stride() != 1 || conv.kernel() != 2 * conv.padding() + 1) {
      throw new IllegalArgumentException(conv + ": expected one that keeps the map's size");
    }
    int plane = x[0].length / conv.in();
    int side = (int) Math.round(Math.sqrt(plane));
    int k = conv.kernel();
    for (int image = 0; image < x.length; image++) {
      for (int at = 0; at < conv.out() * plane; at++) {
        for (int weight = 0; weight < conv.in() * k * k; weight++) {
          int v = at % plane / side + weight % (k * k) / k - conv.padding();
          int u = at % side + weight % k - conv.padding();
          if (v >= 0 && v < side && u >= 0 && u < side) {
            product.visit(
                image,
                at,
                weight / (k * k) * plane + v * side + u,
                at / plane * conv.in() * k * k + weight);
          }
        }
      }
    }
  }

  public static double[][] convolution(
      Layer.Conv2d conv, double[][] x, double[] parameters, int p) {
    int plane = x[0].length / conv.in();
    double[][] y = new double[x.length][conv.out() * plane];
    int bias = p + parameters(conv) - conv.out();
    for (double[] row : y) {
      for (int at = 0; conv.bias() && at < row.length; at++) {
        row[at] = parameters[bias + at / plane];
      }
    }
    products(conv, x, (i, out, in, w) -> y[i][out] += parameters[p + w] * x[i][in]);
    return y;
  }

  public static double[][] convolutionBack(
      Layer.Conv2d conv,
      double[][] x,
      double[][] dy,
      double[] parameters,
      double[] gradients,
      int p) {
    int plane = x[0].length / conv.in();
    double[][] dx = new double[x.length][x[0].length];
    int bias = p + parameters(conv) - conv.out();
    for (double[] row : dy) {
      for (int at = 0; conv.bias() && at < row.length; at++) {
        gradients[bias + at / plane] += row[at];
      }
    }
    products(
        conv,
        x,
        (i, out, in, w) -> {
          gradients[p + w] += dy[i][out] * x[i][in];
          dx[i][in] += dy[i][out] * parameters[p + w];
        });
    return dx;
  }

  /** Which cell of a map a cell of its enlargement repeats. */
  private static int source(int at, int plane, int factor) {
    int side = (int) Math.round(Math.sqrt(plane));
    int wide = side * factor;
    int big = wide * wide;
    return at / big * plane + at % big / wide / factor * side + at % wide / factor;
  }

  public static double[][] enlarged(int channels, int factor, double[][] x) {
    int plane = x[0].length / channels;
    double[][] y = new double[x.length][x[0].length * factor * factor];
    for (int i = 0; i < y.length; i++) {
      for (int at = 0; at < y[i].length; at++) {
        y[i][at] = x[i][source(at, plane, factor)];
      }
    }
    return y;
  }

  public static double[][] enlargedBack(int channels, int factor, double[][] x, double[][] dy) {
    int plane = x[0].length / channels;
    double[][] dx = new double[x.length][x[0].length];
    for (int i = 0; i < dy.length; i++) {
      for (int at = 0; at < dy[i].length; at++) {
        dx[i][source(at, plane, factor)] += dy[i][at];
      }
    }
    return dx;
  }
}
