package io.millrace.learner.augment;

import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;

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

  private static void band(double sigma, int length, float[] to, int at) {
    int radius = (int) Math.ceil(3 * sigma);
    double[] kernel = new double[2 * radius + 1];
    double sum = 0;
    for (int k = -radius; k <= radius; k++) {
      double w = sigma == 0 ? 1 : StrictMath.exp(-0.5 * k * k / (sigma * sigma));
      kernel[k + radius] = w;
      sum += w;
    }
    for (int i = 0; i < length; i++) {
      for (int k = -radius; k <= radius; k++) {
        to[at + i * length + mirror(i + k, length)] += (float) (kernel[k + radius] / sum);
      }
    }
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
