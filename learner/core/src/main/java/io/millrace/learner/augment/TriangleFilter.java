package io.millrace.learner.augment;

/**
 * Antialiased bilinear resampling along one side, as Pillow and torchvision define it: output cell
 * <i>i</i> of <i>n</i> over source pixels [from, from + length) has its center at c = from + (i +
 * ½)·s with s = length/n, and weighs source pixel x by max(0, 1 − |x + ½ − c| / max(s, 1)),
 * normalized to sum 1. Pixels outside the span have no part.
 */
public final class TriangleFilter {
  private final double[] weights;
  private final int first;
  private final int count;

  private TriangleFilter(double[] weights, int first, int count) {
    this.weights = weights;
    this.first = first;
    this.count = count;
  }

  /** The filter of one output cell. */
  public static TriangleFilter of(int from, int length, int cells, int cell) {
    double scale = (double) length / cells;
    double support = Math.max(scale, 1);
    double center = from + (cell + 0.5) * scale;
    int first = Math.max(from, (int) Math.floor(center - support + 0.5));
    int end = Math.min(from + length, (int) Math.floor(center + support + 0.5));
    double[] weights = new double[end - first];
    double sum = 0;
    for (int x = first; x < end; x++) {
      double w = Math.max(0, 1 - Math.abs(x + 0.5 - center) / support);
      weights[x - first] = w;
      sum += w;
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= sum;
    }
    return new TriangleFilter(weights, first, weights.length);
  }

  /** First source pixel with a weight. */
  public int first() {
    return first;
  }

  /** Number of source pixels with a weight. */
  public int count() {
    return count;
  }

  /** One past the last source pixel with a weight. */
  public int end() {
    return first + count;
  }

  /** Weight of source pixel {@code first() + i}. */
  public double weight(int i) {
    return weights[i];
  }
}
