package io.millrace.learner.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The shape rules of {@link Tensor}, one place for all engines. Every method throws {@link
 * IllegalArgumentException} naming the operation and the shapes when they do not fit.
 */
public final class Shapes {
  private Shapes() {}

  /** Number of elements of a shape. */
  public static long count(long... shape) {
    return LongStream.of(shape).reduce(1, Math::multiplyExact);
  }

  /** Requires {@code values} to be the number of elements of {@code shape}. */
  public static void requireCount(String operation, long values, long... shape) {
    for (long length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException(
            operation + ": shape " + text(shape) + " has a negative length");
      }
    }
    if (count(shape) != values) {
      throw new IllegalArgumentException(
          operation + ": " + values + " values do not fill shape " + text(shape));
    }
  }

  /** The shape both operands broadcast to, as NumPy does. */
  public static long[] broadcast(String operation, long[] left, long[] right) {
    int rank = Math.max(left.length, right.length);
    long[] result = new long[rank];
    for (int i = 1; i <= rank; i++) {
      long a = i <= left.length ? left[left.length - i] : 1;
      long b = i <= right.length ? right[right.length - i] : 1;
      if (a != b && a != 1 && b != 1) {
        throw new IllegalArgumentException(
            operation + ": shapes " + text(left) + " and " + text(right) + " do not broadcast");
      }
      result[rank - i] = a == 1 ? b : a;
    }
    return result;
  }

  /** Requires {@code source} to broadcast to exactly {@code target}. */
  public static void requireBroadcastTo(String operation, long[] source, long[] target) {
    if (!Arrays.equals(broadcast(operation, source, target), target)) {
      throw new IllegalArgumentException(
          operation + ": shape " + text(source) + " does not broadcast to " + text(target));
    }
  }

  /** Counts a negative dimension from the end. */
  public static int axis(String operation, int dim, long[] shape) {
    int axis = dim < 0 ? dim + shape.length : dim;
    if (axis < 0 || axis >= shape.length) {
      throw new IllegalArgumentException(
          operation + ": dimension " + dim + " does not exist in shape " + text(shape));
    }
    return axis;
  }

  /** The same of a dimension that has a largest and a smallest element. */
  public static int nonEmptyAxis(String operation, int dim, long[] shape) {
    int axis = axis(operation, dim, shape);
    if (shape[axis] == 0) {
      throw new IllegalArgumentException(
          operation + ": dimension " + axis + " of shape " + text(shape) + " is empty");
    }
    return axis;
  }

  /** The dimensions to reduce over: all of them where {@code dims} is empty. */
  public static long[] axes(String operation, int[] dims, long[] shape) {
    if (dims.length == 0) {
      return LongStream.range(0, shape.length).toArray();
    }
    long[] axes = new long[dims.length];
    for (int i = 0; i < dims.length; i++) {
      axes[i] = axis(operation, dims[i], shape);
    }
    if (LongStream.of(axes).distinct().count() != axes.length) {
      throw new IllegalArgumentException(
          operation
              + ": dimensions "
              + Arrays.toString(dims)
              + " of shape "
              + text(shape)
              + " repeat");
    }
    return axes;
  }

  /** Every dimension of the shape exactly once, in a new order. */
  public static long[] permutation(String operation, int[] dims, long[] shape) {
    if (dims.length != shape.length) {
      throw new IllegalArgumentException(
          operation
              + ": dimensions "
              + Arrays.toString(dims)
              + " do not order shape "
              + text(shape));
    }
    return axes(operation, dims, shape);
  }

  /** The new shape with its one {@code -1} worked out. */
  public static long[] reshape(String operation, long[] shape, long[] wanted) {
    long size = count(shape);
    long[] result = wanted.clone();
    long known = 1;
    int open = -1;
    boolean fits = true;
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i] == -1 && open < 0) {
        open = i;
      } else if (wanted[i] < 0) {
        fits = false;
      } else {
        known *= wanted[i];
      }
    }
    if (open >= 0) {
      fits &= known > 0 && size % known == 0;
      result[open] = fits ? size / known : -1;
    } else {
      fits &= known == size;
    }
    if (!fits) {
      throw new IllegalArgumentException(
          operation + ": shape " + text(shape) + " does not become " + text(wanted));
    }
    return result;
  }

  /** Requires {@code [from, to)} to lie in dimension {@code axis}. */
  public static void requireSpan(String operation, int axis, long from, long to, long[] shape) {
    if (from < 0 || from > to || to > shape[axis]) {
      throw new IllegalArgumentException(
          operation
              + ": ["
              + from
              + ", "
              + to
              + ") does not lie in dimension "
              + axis
              + " of shape "
              + text(shape));
    }
  }

  /** Requires every index to lie in dimension {@code axis}. */
  public static void requireIndices(String operation, int axis, long[] indices, long[] shape) {
    for (long index : indices) {
      if (index < 0 || index >= shape[axis]) {
        throw new IllegalArgumentException(
            operation
                + ": index "
                + index
                + " does not lie in dimension "
                + axis
                + " of shape "
                + text(shape));
      }
    }
  }

  /** The shape of a matrix product, batched and broadcast over the leading dimensions. */
  public static long[] matmul(String operation, long[] left, long[] right) {
    if (left.length < 2 || right.length < 2 || left[left.length - 1] != right[right.length - 2]) {
      throw new IllegalArgumentException(
          operation + ": shapes " + text(left) + " and " + text(right) + " do not multiply");
    }
    long[] batch =
        broadcast(
            operation,
            Arrays.copyOf(left, left.length - 2),
            Arrays.copyOf(right, right.length - 2));
    long[] result = Arrays.copyOf(batch, batch.length + 2);
    result[batch.length] = left[left.length - 2];
    result[batch.length + 1] = right[right.length - 1];
    return result;
  }

  /** Requires shapes that agree in every dimension but the one they are joined along. */
  public static int concatAxis(String operation, int dim, List<long[]> shapes) {
    if (shapes.isEmpty()) {
      throw new IllegalArgumentException(operation + ": nothing to join");
    }
    long[] first = shapes.get(0);
    int axis = axis(operation, dim, first);
    for (long[] shape : shapes) {
      long[] comparable = shape.clone();
      if (comparable.length == first.length) {
        comparable[axis] = first[axis];
      }
      if (!Arrays.equals(comparable, first)) {
        throw new IllegalArgumentException(
            operation
                + ": shapes "
                + text(first)
                + " and "
                + text(shape)
                + " do not join along dimension "
                + axis);
      }
    }
    return axis;
  }

  /** A shape as it stands in messages, such as {@code [64, 3, 32, 32]}. */
  public static String text(long... shape) {
    return LongStream.of(shape)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
