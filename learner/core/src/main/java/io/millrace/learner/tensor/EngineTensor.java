package io.millrace.learner.tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * For engines: what a tensor does on every engine: it checks its operands. An engine's tensor is
 * asked to compute what has been checked.
 *
 * @param <T> the engine's class of tensors
 */
public abstract class EngineTensor<T extends EngineTensor<T>> extends ScopedTensor {

  /** Elementwise operations of two operands, which broadcast. */
  protected enum Binary {
    ADD("add"),
    SUB("sub"),
    MUL("mul"),
    DIV("div"),
    MAXIMUM("maximum"),
    MINIMUM("minimum"),
    GREATER("greater"),
    EQUAL_TO("equalTo");

    private final String word;

    Binary(String word) {
      this.word = word;
    }

    /** The operation as its caller knows it. */
    @Override
    public String toString() {
      return word;
    }
  }

  /** Elementwise functions. */
  protected enum Unary {
    EXP,
    LOG,
    SQRT,
    ABS,
    FLOOR,
    SIGMOID,
    TANH;

    /** The function as its caller knows it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What dimensions are reduced to. */
  protected enum Reduction {
    SUM,
    MEAN,
    MAX,
    MIN;

    /** The operation as its caller knows it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Scopes<T> scopes;
  private final long[] shape;

  /** A tensor in no scope yet. */
  protected EngineTensor(Scopes<T> scopes, long[] shape) {
    super(scopes.engine());
    this.scopes = scopes;
    this.shape = shape;
  }

  // What engines compute.

  /** Operation with another tensor: both broadcast to the shape of the result. */
  protected abstract Tensor binary(Binary operation, T other, long[] result);

  protected abstract Tensor unary(Unary function);

  /**
   * Reduces dimensions.
   *
   * @param result shape of the result
   */
  protected abstract Tensor reduce(
      Reduction reduction, boolean keepDims, long[] axes, long[] result);

  /** Index of the first largest element along a dimension that is not empty. */
  protected abstract Tensor doArgmax(int axis, long[] result);

  protected abstract Tensor softmaxOver(int axis);

  protected abstract Tensor logSoftmaxOver(int axis);

  /** Matrix product with another tensor. */
  protected abstract Tensor doMatmul(T other, long[] result);

  /** The same elements, row-major, in a shape of as many. */
  protected abstract Tensor reshaped(long[] lengths);

  /** Dimensions in the order of these axes. */
  protected abstract Tensor permuted(long[] axes);

  /** Elements from {@code from} on of a dimension, sharing storage. */
  protected abstract Tensor doSlice(int axis, long from, long[] result);

  /** These rows of a dimension, copied. */
  protected abstract Tensor doSelect(int axis, long[] indices, long[] result);

  /**
   * A row of zeros with a one for each of this tensor's elements.
   *
   * @param indices the elements, each a class
   */
  protected abstract Tensor oneHot(double[] indices, int classes);

  /** this = source, broadcast. */
  protected abstract void doCopy(T source);

  /** this = this + factor · other, broadcast. */
  protected abstract void addScaled(double factor, T other);

  /** this = this + weight · (target − this), broadcast. */
  protected abstract void doLerp(T target, double weight);

  /** At least one element, in row-major order. */
  protected abstract float[] floats(int length);

  /** At least one element, in row-major order. */
  protected abstract double[] doubles(int length);

  // What there is to know.

  /** The shape itself, which is not to be written to. */
  protected final long[] lengths() {
    return shape;
  }

  @Override
  public final long[] shape() {
    return shape.clone();
  }

  @Override
  public final long size() {
    return Shapes.count(shape);
  }

  @Override
  public final long size(int dim) {
    return shape[Shapes.axis("size", dim, shape)];
  }

  @Override
  public final DType dtype() {
    return engine().dtype();
  }

  // Elementwise.

  @Override
  public final Tensor add(Tensor other) {
    return broadcast(Binary.ADD, other);
  }

  @Override
  public final Tensor sub(Tensor other) {
    return broadcast(Binary.SUB, other);
  }

  @Override
  public final Tensor mul(Tensor other) {
    return broadcast(Binary.MUL, other);
  }

  @Override
  public final Tensor div(Tensor other) {
    return broadcast(Binary.DIV, other);
  }

  @Override
  public final Tensor maximum(Tensor other) {
    return broadcast(Binary.MAXIMUM, other);
  }

  @Override
  public final Tensor minimum(Tensor other) {
    return broadcast(Binary.MINIMUM, other);
  }

  @Override
  public final Tensor greater(Tensor other) {
    return broadcast(Binary.GREATER, other);
  }

  @Override
  public final Tensor equalTo(Tensor other) {
    return broadcast(Binary.EQUAL_TO, other);
  }

  private Tensor broadcast(Binary operation, Tensor other) {
    T right = operand(other);
    return binary(operation, right, Shapes.broadcast(operation.toString(), shape, right.lengths()));
  }

  @Override
  public final Tensor exp() {
    return function(Unary.EXP);
  }

  @Override
  public final Tensor log() {
    return function(Unary.LOG);
  }

  @Override
  public final Tensor sqrt() {
    return function(Unary.SQRT);
  }

  @Override
  public final Tensor abs() {
    return function(Unary.ABS);
  }

  @Override
  public final Tensor floor() {
    return function(Unary.FLOOR);
  }

  @Override
  public final Tensor sigmoid() {
    return function(Unary.SIGMOID);
  }

  @Override
  public final Tensor tanh() {
    return function(Unary.TANH);
  }

  private Tensor function(Unary function) {
    requireOpen();
    return unary(function);
  }

  // Reductions.

  @Override
  public final Tensor sum(boolean keepDims, int... dims) {
    return over(Reduction.SUM, keepDims, Shapes.axes("sum", dims, shape));
  }

  @Override
  public final Tensor mean(boolean keepDims, int... dims) {
    return over(Reduction.MEAN, keepDims, Shapes.axes("mean", dims, shape));
  }

  @Override
  public final Tensor max(boolean keepDims, int dim) {
    return over(Reduction.MAX, keepDims, Shapes.nonEmptyAxis("max", dim, shape));
  }

  @Override
  public final Tensor min(boolean keepDims, int dim) {
    return over(Reduction.MIN, keepDims, Shapes.nonEmptyAxis("min", dim, shape));
  }

  private Tensor over(Reduction reduction, boolean keepDims, long... axes) {
    requireOpen();
    return reduce(reduction, keepDims, axes, reduced(keepDims, axes));
  }

  private long[] reduced(boolean keepDims, long... axes) {
    return IntStream.range(0, shape.length)
        .filter(i -> keepDims || LongStream.of(axes).noneMatch(axis -> axis == i))
        .mapToLong(i -> LongStream.of(axes).anyMatch(axis -> axis == i) ? 1 : shape[i])
        .toArray();
  }

  @Override
  public final Tensor argmax(int dim) {
    int axis = Shapes.nonEmptyAxis("argmax", dim, shape);
    requireOpen();
    return doArgmax(axis, reduced(false, axis));
  }

  @Override
  public final Tensor softmax(int dim) {
    int axis = Shapes.axis("softmax", dim, shape);
    requireOpen();
    return softmaxOver(axis);
  }

  @Override
  public final Tensor logSoftmax(int dim) {
    int axis = Shapes.axis("logSoftmax", dim, shape);
    requireOpen();
    return logSoftmaxOver(axis);
  }

  // Linear algebra and shape.

  @Override
  public final Tensor matmul(Tensor other) {
    T right = operand(other);
    return doMatmul(right, Shapes.matmul("matmul", shape, right.lengths()));
  }

  @Override
  public final Tensor reshape(long... wanted) {
    long[] lengths = Shapes.reshape("reshape", shape, wanted);
    requireOpen();
    return reshaped(lengths);
  }

  @Override
  public final Tensor permute(int... dims) {
    long[] axes = Shapes.permutation("permute", dims, shape);
    requireOpen();
    return permuted(axes);
  }

  @Override
  public final Tensor slice(int dim, long from, long to) {
    int axis = Shapes.axis("slice", dim, shape);
    Shapes.requireSpan("slice", axis, from, to, shape);
    requireOpen();
    return doSlice(axis, from, with(axis, to - from));
  }

  @Override
  public final Tensor select(int dim, long... indices) {
    int axis = Shapes.axis("select", dim, shape);
    Shapes.requireIndices("select", axis, indices, shape);
    requireOpen();
    return doSelect(axis, indices, with(axis, indices.length));
  }

  private long[] with(int axis, long length) {
    long[] result = shape.clone();
    result[axis] = length;
    return result;
  }

  @Override
  public final Tensor oneHot(int classes) {
    double[] indices = toDoubles();
    for (double index : indices) {
      if (index < 0 || index >= classes || index != Math.rint(index)) {
        throw new IllegalArgumentException(
            "oneHot: index "
                + index
                + " in shape "
                + Shapes.text(shape)
                + " is not a class of "
                + classes);
      }
    }
    return oneHot(indices, classes);
  }

  // In place.

  @Override
  public final Tensor copyIn(Tensor source) {
    doCopy(source("copyIn", source));
    return this;
  }

  @Override
  public final Tensor addIn(double factor, Tensor other) {
    addScaled(factor, source("addIn", other));
    return this;
  }

  @Override
  public final Tensor lerpIn(Tensor target, double weight) {
    doLerp(source("lerpIn", target), weight);
    return this;
  }

  private T source(String operation, Tensor other) {
    T from = operand(other);
    if (!Arrays.equals(from.lengths(), shape)) {
      Shapes.requireBroadcastTo(operation, from.lengths(), shape);
    }
    return from;
  }

  /** The engine's own tensor to compute with; both must be open. */
  private T operand(Tensor other) {
    T own = scopes.own(other);
    own.requireOpen();
    requireOpen();
    return own;
  }

  // To the host.

  @Override
  public final float[] toFloats() {
    int length = hostLength();
    return length == 0 ? new float[0] : floats(length);
  }

  @Override
  public final double[] toDoubles() {
    int length = hostLength();
    return length == 0 ? new double[0] : doubles(length);
  }

  private int hostLength() {
    requireOpen();
    if (size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor of shape " + Shapes.text(shape) + " is too long for a Java array");
    }
    return (int) size();
  }

  @Override
  public final double item() {
    if (size() != 1) {
      throw new IllegalArgumentException(
          "item: shape " + Shapes.text(shape) + " is not one element");
    }
    return toDoubles()[0];
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName() + Shapes.text(shape);
  }
}
