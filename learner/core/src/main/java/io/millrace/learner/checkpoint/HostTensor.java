package io.millrace.learner.checkpoint;

import java.util.List;

/**
 * A named array off the device. {@code values} is {@code float[]}, {@code double[]}, {@code long[]}
 * or {@code byte[]} and belongs to this record: neither side writes to it.
 *
 * @param shape row-major lengths
 * @param values elements, row-major
 */
public record HostTensor(List<Long> shape, Object values) {
  public HostTensor {
    shape = List.copyOf(shape);
    long expected = shape.stream().reduce(1L, (a, b) -> a * b);
    long actual = length(values);
    if (expected != actual) {
      throw new IllegalArgumentException(
          "shape " + shape + " holds " + expected + " elements, got " + actual);
    }
  }

  /** A one-dimensional array. */
  public static HostTensor vector(Object values) {
    return new HostTensor(List.of(length(values)), values);
  }

  private static long length(Object values) {
    if (values instanceof float[] v) {
      return v.length;
    } else if (values instanceof double[] v) {
      return v.length;
    } else if (values instanceof long[] v) {
      return v.length;
    } else if (values instanceof byte[] v) {
      return v.length;
    }
    throw new IllegalArgumentException(
        "values are a "
            + values.getClass().getSimpleName()
            + ": expected float[], double[], long[] or byte[]");
  }
}
