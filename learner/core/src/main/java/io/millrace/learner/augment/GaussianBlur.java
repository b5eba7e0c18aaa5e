package io.millrace.learner.augment;

import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;

/**
 * Gaussian blur of a deviation drawn from [minSigma, maxSigma] pixels, with a probability, as two
 * banded matrix products B X Bᵀ. The kernel ends after 3σ, sums to 1 and mirrors the image at its
 * edges (the edge pixel itself not repeated).
 */
record GaussianBlur(double probability, double minSigma, double maxSigma) implements ViewTransform {
  @Override
  public Tensor apply(Engine engine, Tensor views, ViewRandom draws) {
    int rows = draws.rows();
    int height = (int) views.size(2);
    int width = (int) views.size(3);
    float[] down = new float[rows * height * height];
    float[] across = new float[rows * width * width];
    for (int row = 0; row < rows; row++) {
      KeyedRandom random = draws.of("blur", row);
      boolean apply = random.nextDouble() < probability;
      double sigma = apply ? random.uniform(minSigma, maxSigma) : 0;
      band(sigma, height, down, row * height * height);
      band(sigma, width, across, row * width * width);
    }
    Tensor b = engine.tensor(down, rows, 1, height, height);
    // Symmetric about its center but not at the edges, so the right factor is transposed.
    Tensor a = engine.tensor(across, rows, 1, width, width).permute(0, 1, 3, 2);
    return b.matmul(views).matmul(a);
  }

  @Override
  public void change(float[] view, int side, int row, ViewRandom draws) {
    KeyedRandom random = draws.of("blur", row);
    if (random.nextDouble() >= probability) {
      return;
    }
    double[] kernel = kernel(random.uniform(minSigma, maxSigma));
    int radius = kernel.length / 2;
    int wide = side + 2 * radius;
    // Mirrored edges are written out, so that a tap is one long sum, which is vectorized.
    float[] padded = new float[wide * wide];
    float[] down = new float[side * wide];
    float[] across = new float[side * wide];
    for (int c = 0; c < 3; c++) {
      int plane = c * side * side;
      for (int y = 0; y < wide; y++) {
        int from = plane + mirror(y - radius, side) * side;
        for (int x = 0; x < radius; x++) {
          padded[y * wide + x] = view[from + mirror(x - radius, side)];
          padded[y * wide + radius + side + x] = view[from + mirror(side + x, side)];
        }
        System.arraycopy(view, from, padded, y * wide + radius, side);
      }
      Arrays.fill(down, 0);
      Arrays.fill(across, 0);
      for (int k = 0; k < kernel.length; k++) {
        add((float) kernel[k], padded, k * wide, down, side * wide);
      }
      for (int k = 0; k < kernel.length; k++) {
        add((float) kernel[k], down, k, across, side * wide - k);
      }
      for (int y = 0; y < side; y++) {
        System.arraycopy(across, y * wide, view, plane + y * side, side);
      }
    }
  }

  private static void add(float weight, float[] from, int at, float[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] += weight * from[at + i];
    }
  }

  private static void band(double sigma, int length, float[] to, int at) {
    double[] kernel = kernel(sigma);
    int radius = kernel.length / 2;
    for (int i = 0; i < length; i++) {
      for (int k = -radius; k <= radius; k++) {
        to[at + i * length + mirror(i + k, length)] += (float) kernel[k + radius];
      }
    }
  }

  /** Weights from −3σ to 3σ, of sum 1; 1 alone for a deviation of 0. */
  private static double[] kernel(double sigma) {
    int radius = (int) Math.ceil(3 * sigma);
    double[] kernel = new double[2 * radius + 1];
    double sum = 0;
    for (int k = -radius; k <= radius; k++) {
      double w = sigma == 0 ? 1 : StrictMath.exp(-0.5 * k * k / (sigma * sigma));
      kernel[k + radius] = w;
      sum += w;
    }
    for (int k = 0; k < kernel.length; k++) {
      kernel[k] /= sum;
    }
    return kernel;
  }

  /** Index {@code i} folded back into 0 … length − 1 as …2 1 0 1 2… */
  static int mirror(int i, int length) {
    if (length == 1) {
      return 0;
    }
    int period = 2 * (length - 1);
    int j = Math.floorMod(i, period);
    return j < length ? j : period - j;
  }
}
