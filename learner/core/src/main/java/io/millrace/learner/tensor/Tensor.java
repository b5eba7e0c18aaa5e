package io.millrace.learner.tensor;

/**
 * A dense array on an engine's device, row-major to its reader.
 *
 * <p>Methods without a trailing {@code To}/{@code In} leave their operands as they are and return a
 * new tensor, which may share storage only where stated. Binary operations broadcast as NumPy does.
 * Dimensions may be negative, counted from the end. A shape that does not fit throws {@link
 * IllegalArgumentException} naming the operation and both shapes. A tensor belongs to the innermost
 * open {@link Scope} of the thread that made it; without one its maker closes it. Tensors of
 * different engines never mix.
 */
public interface Tensor extends AutoCloseable {

  /** Lengths by dimension; empty for a scalar. */
  long[] shape();

  /** Element type. */
  DType dtype();

  /** Number of elements. */
  default long size() {
    long n = 1;
    for (long s : shape()) {
      n *= s;
    }
    return n;
  }

  /** Length of dimension {@code dim}. */
  default long size(int dim) {
    long[] shape = shape();
    return shape[dim < 0 ? dim + shape.length : dim];
  }

  // Elementwise: of the shape of this, or of both operands broadcast.

  Tensor add(Tensor other);

  Tensor sub(Tensor other);

  Tensor mul(Tensor other);

  Tensor div(Tensor other);

  Tensor add(double scalar);

  Tensor mul(double scalar);

  Tensor pow(double exponent);

  Tensor exp();

  Tensor log();

  Tensor sqrt();

  Tensor abs();

  Tensor floor();

  Tensor sigmoid();

  Tensor tanh();

  /** Bounds every element to {@code [min, max]}; infinities leave a side open. */
  Tensor clamp(double min, double max);

  Tensor maximum(Tensor other);

  Tensor minimum(Tensor other);

  /** 1 where this is greater than {@code other}, else 0. */
  Tensor greater(Tensor other);

  /** 1 where this equals {@code other}, else 0. */
  Tensor equalTo(Tensor other);

  // Reductions. No dimensions: over all of them, a scalar. Else of the shape without them; with
  // keepDims their length is 1. Softmax keeps the shape.

  Tensor sum(boolean keepDims, int... dims);

  Tensor mean(boolean keepDims, int... dims);

  /** Largest element along one dimension. */
  Tensor max(boolean keepDims, int dim);

  /** Smallest element along one dimension. */
  Tensor min(boolean keepDims, int dim);

  /** Index of the first largest element along {@code dim}, as numbers of this type. */
  Tensor argmax(int dim);

  Tensor softmax(int dim);

  Tensor logSoftmax(int dim);

  // Linear algebra and shape.

  /** […, n, k] times […, k, m] is […, n, m], broadcast over the dimensions before. */
  Tensor matmul(Tensor other);

  /** The same elements in a new shape; one length may be -1. May share storage. */
  Tensor reshape(long... shape);

  /** [d0, d1, …] to [d at dims[0], d at dims[1], …]. May share storage. */
  Tensor permute(int... dims);

  /**
   * Elements {@code [from, to)} of {@code dim}. Shares storage: writing in place writes through.
   */
  Tensor slice(int dim, long from, long to);

  /** Rows {@code indices} of dimension {@code dim}, copied; its length becomes their number. */
  Tensor select(int dim, long... indices);

  /** A row of zeros with a one at each index in this tensor: [...] to [..., classes]. */
  Tensor oneHot(int classes);

  /** A copy with storage of its own. */
  Tensor copy();

  // In place; return this.

  /** this = source, broadcast. */
  Tensor copyIn(Tensor source);

  /** this = value. */
  Tensor fillIn(double value);

  /** this = this · factor. */
  Tensor scaleIn(double factor);

  /** this = this + factor · other. */
  Tensor addIn(double factor, Tensor other);

  /** this = this + weight · (target − this). */
  Tensor lerpIn(Tensor target, double weight);

  // To the host. These wait for the device.

  /** Elements in row-major order. */
  float[] toFloats();

  /** Elements in row-major order. */
  double[] toDoubles();

  /** The one element of a tensor of size 1. */
  double item();

  @Override
  void close();
}
