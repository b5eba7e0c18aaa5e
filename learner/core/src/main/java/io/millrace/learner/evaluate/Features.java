package io.millrace.learner.evaluate;

import java.util.Arrays;

/**
 * A feature matrix off the device. The array belongs to this object: neither side writes to it.
 *
 * @param rows images
 * @param dim length of one feature
 * @param values row-major, rows · dim
 */
public record Features(int rows, int dim, float[] values) {
  public Features {
    if ((long) rows * dim != values.length) {
      throw new IllegalArgumentException(
          rows + " features of length " + dim + " in " + values.length + " numbers");
    }
  }

  /** Rows {@code from} up to but not {@code to}, copied. */
  public Features rows(int from, int to) {
    return new Features(to - from, dim, Arrays.copyOfRange(values, from * dim, to * dim));
  }

  /** Some rows, copied. */
  public Features select(int... which) {
    float[] out = new float[which.length * dim];
    for (int i = 0; i < which.length; i++) {
      System.arraycopy(values, which[i] * dim, out, i * dim, dim);
    }
    return new Features(which.length, dim, out);
  }

  /** Columns {@code from} up to but not {@code to}, copied. */
  Features columns(int from, int to) {
    float[] out = new float[rows * (to - from)];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(values, i * dim + from, out, i * (to - from), to - from);
    }
    return new Features(rows, to - from, out);
  }

  /** Each row, and behind it the same row of the other. */
  Features beside(Features other) {
    int all = dim + other.dim;
    float[] out = new float[rows * all];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(values, i * dim, out, i * all, dim);
      System.arraycopy(other.values, i * other.dim, out, i * all + dim, other.dim);
    }
    return new Features(rows, all, out);
  }

  /** Each row divided by its L2 norm; a row of zeros stays one. */
  public Features normalized() {
    float[] out = new float[values.length];
    for (int i = 0; i < rows; i++) {
      double sum = 0;
      for (int j = i * dim; j < (i + 1) * dim; j++) {
        sum += (double) values[j] * values[j];
      }
      double scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
      for (int j = i * dim; j < (i + 1) * dim; j++) {
        out[j] = (float) (values[j] * scale);
      }
    }
    return new Features(rows, dim, out);
  }
}
