package io.millrace.serving.auxloss;

import java.util.List;

/**
 * A dense array on the host.
 *
 * @param shape lengths by dimension
 * @param values row-major; not to be written to
 */
public record DenseArray(List<Long> shape, float[] values) {
  public DenseArray {
    shape = List.copyOf(shape);
    long size = shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    if (size != values.length) {
      throw new IllegalArgumentException(
          "a tensor of shape " + shape + " with " + values.length + " values");
    }
  }

  /** Lengths as an engine takes them. */
  public long[] lengths() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
