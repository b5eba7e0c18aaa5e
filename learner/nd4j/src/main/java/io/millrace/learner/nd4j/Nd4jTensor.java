package io.millrace.learner.nd4j;

import io.millrace.learner.tensor.DType;
import io.millrace.learner.tensor.Shapes;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.Pow;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarAdd;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMax;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMin;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMultiplication;
import org.nd4j.linalg.api.ops.impl.transforms.floating.Sqrt;
import org.nd4j.linalg.api.ops.impl.transforms.same.Abs;
import org.nd4j.linalg.api.ops.impl.transforms.same.Floor;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Tanh;
import org.nd4j.linalg.factory.Nd4j;

/** Elements in shared storage: where they start and how far apart they lie. */
final class Nd4jTensor implements Tensor {
  private final Nd4jEngine engine;
  private final @Nullable Storage storage;
  private final long offset;
  private final long[] shape;
  private final long[] strides;
  private final INDArray data;
  private @Nullable Nd4jScope scope;
  private boolean closed;

  /** Takes over one hold on {@code storage}, which is null for a tensor without elements. */
  Nd4jTensor(
      Nd4jEngine engine,
      @Nullable Storage storage,
      long offset,
      long[] shape,
      long[] strides,
      @Nullable Nd4jScope scope) {
    this.engine = engine;
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.scope = scope;
    data = storage == null ? Nd4j.empty(engine.type()) : storage.array(offset, shape, strides);
  }

  INDArray data() {
    if (closed) {
      throw new IllegalStateException("tensor of shape " + Shapes.text(shape) + " is closed");
    }
    return data;
  }

  Nd4jEngine engine() {
    return engine;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public long size() {
    return Shapes.count(shape);
  }

  @Override
  public long size(int dim) {
    return shape[Shapes.axis("size", dim, shape)];
  }

  @Override
  public DType dtype() {
    return engine.dtype();
  }

  boolean isEmpty() {
    return storage == null;
  }

  /** Whether elements lie in row-major order without gaps. */
  private boolean isDense() {
    long expected = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && strides[i] != expected) {
        return false;
      }
      expected *= shape[i];
    }
    return true;
  }

  /** This tensor's elements without gaps: its own array, or a copy in the innermost scope. */
  INDArray dense() {
    return isDense() ? data() : engine.own(copy()).data();
  }

  // Elementwise.

  @Override
  public Tensor add(Tensor other) {
    return binary("add", "add", other);
  }

  @Override
  public Tensor sub(Tensor other) {
    return binary("sub", "subtract", other);
  }

  @Override
  public Tensor mul(Tensor other) {
    return binary("mul", "multiply", other);
  }

  @Override
  public Tensor div(Tensor other) {
    return binary("div", "divide", other);
  }

  @Override
  public Tensor maximum(Tensor other) {
    return binary("maximum", "maximum", other);
  }

  @Override
  public Tensor minimum(Tensor other) {
    return binary("minimum", "minimum", other);
  }

  @Override
  public Tensor greater(Tensor other) {
    return comparison("greater", "greater", other);
  }

  @Override
  public Tensor equalTo(Tensor other) {
    return comparison("equalTo", "equals", other);
  }

  private Tensor binary(String operation, String op, Tensor other) {
    Nd4jTensor right = engine.own(other);
    long[] result = Shapes.broadcast(operation, shape, right.shape);
    return engine.made(z -> Ops.call(op).in(dense(), right.dense()).into(z.data()), result);
  }

  private Tensor comparison(String operation, String op, Tensor other) {
    Nd4jTensor right = engine.own(other);
    long[] result = Shapes.broadcast(operation, shape, right.shape);
    return engine.made(
        z -> {
          INDArray flags = engine.buffers().take(DataType.BOOL, result);
          Ops.call(op).in(dense(), right.dense()).into(flags);
          z.data().assign(flags);
          engine.buffers().giveBack(flags);
        },
        result);
  }

  @Override
  public Tensor add(double scalar) {
    return unary((x, z) -> Ops.run(new ScalarAdd(x, null, z, scalar)));
  }

  @Override
  public Tensor mul(double scalar) {
    return unary((x, z) -> Ops.run(new ScalarMultiplication(x, null, z, scalar)));
  }

  @Override
  public Tensor pow(double exponent) {
    return unary((x, z) -> Ops.run(new Pow(x, z, exponent)));
  }

  @Override
  public Tensor exp() {
    return unary((x, z) -> Ops.run(new Exp(x, z)));
  }

  @Override
  public Tensor log() {
    return unary((x, z) -> Ops.run(new Log(x, z)));
  }

  @Override
  public Tensor sqrt() {
    return unary((x, z) -> Ops.run(new Sqrt(x, z)));
  }

  @Override
  public Tensor abs() {
    return unary((x, z) -> Ops.run(new Abs(x, z)));
  }

  @Override
  public Tensor floor() {
    return unary((x, z) -> Ops.run(new Floor(x, z)));
  }

  @Override
  public Tensor sigmoid() {
    return unary((x, z) -> Ops.run(new Sigmoid(x, z)));
  }

  @Override
  public Tensor tanh() {
    return unary((x, z) -> Ops.run(new Tanh(x, z)));
  }

  @Override
  public Tensor clamp(double min, double max) {
    return unary(
        (x, z) -> {
          z.assign(x);
          if (min != Double.NEGATIVE_INFINITY) {
            Ops.run(new ScalarMax(z, null, z, min));
          }
          if (max != Double.POSITIVE_INFINITY) {
            Ops.run(new ScalarMin(z, null, z, max));
          }
        });
  }

  private Tensor unary(BiConsumer<INDArray, INDArray> work) {
    return engine.made(z -> work.accept(dense(), z.data()), shape);
  }

  // Reductions.

  @Override
  public Tensor sum(boolean keepDims, int... dims) {
    return reduced("sum", "reduce_sum", keepDims, Shapes.axes("sum", dims, shape));
  }

  @Override
  public Tensor mean(boolean keepDims, int... dims) {
    return reduced("mean", "reduce_mean", keepDims, Shapes.axes("mean", dims, shape));
  }

  @Override
  public Tensor max(boolean keepDims, int dim) {
    return reduced("max", "reduce_max", keepDims, nonEmptyAxis("max", dim));
  }

  @Override
  public Tensor min(boolean keepDims, int dim) {
    return reduced("min", "reduce_min", keepDims, nonEmptyAxis("min", dim));
  }

  private Tensor reduced(String operation, String op, boolean keepDims, long... axes) {
    long[] kept = shape.clone();
    for (long axis : axes) {
      kept[(int) axis] = 1;
    }
    long[] result = keepDims ? kept : without(axes);
    if (isEmpty()) {
      return engine.made(z -> z.data().assign(0), result);
    }
    if (axes.length == 0) {
      return engine.made(z -> z.data().assign(data()), result);
    }
    int[] dims = LongStream.of(axes).mapToInt(Math::toIntExact).toArray();
    return engine.made(
        z -> Ops.call(op).in(dense()).integers(dims).flags(keepDims).into(z.data()), result);
  }

  private long[] without(long... axes) {
    return IntStream.range(0, shape.length)
        .filter(i -> LongStream.of(axes).noneMatch(axis -> axis == i))
        .mapToLong(i -> shape[i])
        .toArray();
  }

  private long nonEmptyAxis(String operation, int dim) {
    int axis = Shapes.axis(operation, dim, shape);
    if (shape[axis] == 0) {
      throw new IllegalArgumentException(
          operation + ": dimension " + axis + " of shape " + Shapes.text(shape) + " is empty");
    }
    return axis;
  }

  @Override
  public Tensor argmax(int dim) {
    int axis = (int) nonEmptyAxis("argmax", dim);
    long[] result = without(axis);
    return engine.made(
        z -> {
          INDArray indices = engine.buffers().take(DataType.INT64, result);
          Ops.call("argmax").in(dense()).integers(axis).flags(false).into(indices);
          z.data().assign(indices);
          engine.buffers().giveBack(indices);
        },
        result);
  }

  @Override
  public Tensor softmax(int dim) {
    int axis = Shapes.axis("softmax", dim, shape);
    if (isEmpty()) {
      return copy();
    }
    // ND4J's own bound is lost below the smallest positive number, and all becomes NaN.
    return engine.made(
        z -> {
          INDArray shifted = engine.own(sub(max(true, axis))).data();
          Ops.call("softmax").in(shifted).integers(axis).into(z.data());
        },
        shape);
  }

  @Override
  public Tensor logSoftmax(int dim) {
    int axis = Shapes.axis("logSoftmax", dim, shape);
    if (isEmpty()) {
      return copy();
    }
    Tensor shifted = sub(max(true, axis));
    return shifted.sub(shifted.exp().sum(true, axis).log());
  }

  // Linear algebra and shape.

  @Override
  public Tensor matmul(Tensor other) {
    Nd4jTensor right = engine.own(other);
    long[] result = Shapes.matmul("matmul", shape, right.shape);
    return engine.made(z -> MatrixProduct.run(this, right, z), result);
  }

  @Override
  public Tensor reshape(long... wanted) {
    long[] lengths = Shapes.reshape("reshape", shape, wanted);
    data();
    if (isDense()) {
      return view(offset, lengths, Buffers.strides(lengths));
    }
    return engine.made(z -> z.view(0, shape, Buffers.strides(shape)).copyIn(this), lengths);
  }

  @Override
  public Tensor permute(int... dims) {
    long[] axes = Shapes.permutation("permute", dims, shape);
    data();
    long[] lengths = LongStream.of(axes).map(axis -> shape[(int) axis]).toArray();
    return view(offset, lengths, LongStream.of(axes).map(axis -> strides[(int) axis]).toArray());
  }

  @Override
  public Tensor slice(int dim, long from, long to) {
    int axis = Shapes.axis("slice", dim, shape);
    Shapes.requireSpan("slice", axis, from, to, shape);
    data();
    long[] lengths = shape.clone();
    lengths[axis] = to - from;
    return view(offset + from * strides[axis], lengths, strides);
  }

  /** A tensor over the same storage, in the innermost scope. */
  Nd4jTensor view(long from, long[] lengths, long[] steps) {
    Storage shared = storage == null || Shapes.count(lengths) == 0 ? null : storage.hold();
    return engine.scoped(shared, from, lengths, steps);
  }

  /** The same elements for a holder of its own, which closes it; copied where there are gaps. */
  Nd4jTensor heldDense() {
    data();
    return isDense() ? unscopedView(shape) : engine.unscoped(copyOf());
  }

  private INDArray copyOf() {
    INDArray copy = engine.buffers().take(engine.type(), shape);
    copy.assign(data());
    return copy;
  }

  /** A tensor over the same row-major elements in a shape of as many, that no scope closes. */
  Nd4jTensor unscopedView(long... lengths) {
    Storage shared = storage == null ? null : storage.hold();
    return new Nd4jTensor(engine, shared, offset, lengths, Buffers.strides(lengths), null);
  }

  @Override
  public Tensor select(int dim, long... indices) {
    int axis = Shapes.axis("select", dim, shape);
    Shapes.requireIndices("select", axis, indices, shape);
    long[] result = shape.clone();
    result[axis] = indices.length;
    return engine.made(
        z -> {
          try (INDArray rows = Nd4j.createFromArray(indices)) {
            Ops.call("gather").in(dense(), rows).integers(axis).into(z.data());
          }
        },
        result);
  }

  @Override
  public Tensor oneHot(int classes) {
    double[] indices = toDoubles();
    double[] rows = new double[Math.multiplyExact(indices.length, classes)];
    for (int i = 0; i < indices.length; i++) {
      double index = indices[i];
      if (index < 0 || index >= classes || index != Math.rint(index)) {
        throw new IllegalArgumentException(
            "oneHot: index "
                + index
                + " in shape "
                + Shapes.text(shape)
                + " is not a class of "
                + classes);
      }
      rows[i * classes + (int) index] = 1;
    }
    long[] result = Arrays.copyOf(shape, shape.length + 1);
    result[shape.length] = classes;
    return engine.tensor(rows, result);
  }

  @Override
  public Tensor copy() {
    return engine.made(z -> z.data().assign(data()), shape);
  }

  // In place.

  @Override
  public Tensor copyIn(Tensor source) {
    return inPlace("copyIn", source, from -> data().assign(from));
  }

  @Override
  public Tensor fillIn(double value) {
    if (!isEmpty()) {
      data().assign(value);
    }
    return this;
  }

  @Override
  public Tensor scaleIn(double factor) {
    INDArray own = data();
    if (!isEmpty()) {
      Ops.run(new ScalarMultiplication(own, null, own, factor));
    }
    return this;
  }

  @Override
  public Tensor addIn(double factor, Tensor other) {
    return inPlace("addIn", other, from -> addScaled(factor, from));
  }

  @Override
  public Tensor lerpIn(Tensor target, double weight) {
    return inPlace(
        "lerpIn",
        target,
        to -> {
          INDArray difference = engine.buffers().take(engine.type(), shape);
          Ops.call("subtract").in(to, data()).into(difference);
          addScaled(weight, difference);
          engine.buffers().giveBack(difference);
        });
  }

  /** this += factor · other, of the same shape. */
  private void addScaled(double factor, INDArray other) {
    if (factor == 1) {
      data().addi(other);
      return;
    }
    INDArray scaled = engine.buffers().take(engine.type(), shape);
    Ops.run(new ScalarMultiplication(other, null, scaled, factor));
    data().addi(scaled);
    engine.buffers().giveBack(scaled);
  }

  private Tensor inPlace(String operation, Tensor source, Consumer<INDArray> work) {
    Nd4jTensor from = engine.own(source);
    boolean same = Arrays.equals(from.shape, shape);
    if (!same) {
      Shapes.requireBroadcastTo(operation, from.shape, shape);
    }
    data();
    from.data();
    if (isEmpty()) {
      return this;
    }
    try (var own = engine.scope()) {
      work.accept(same ? from.data() : engine.own(engine.zeros(shape).add(from)).data());
    }
    return this;
  }

  // To the host.

  @Override
  public float[] toFloats() {
    requireHostLength();
    data();
    if (isEmpty()) {
      return new float[0];
    }
    try (var own = engine.scope()) {
      return engine.host().floats(dense());
    }
  }

  @Override
  public double[] toDoubles() {
    requireHostLength();
    data();
    if (isEmpty()) {
      return new double[0];
    }
    try (var own = engine.scope()) {
      return engine.host().doubles(dense());
    }
  }

  private void requireHostLength() {
    if (size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor of shape " + Shapes.text(shape) + " is too long for a Java array");
    }
  }

  @Override
  public double item() {
    if (size() != 1) {
      throw new IllegalArgumentException(
          "item: shape " + Shapes.text(shape) + " is not one element");
    }
    return toDoubles()[0];
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (storage != null) {
        storage.release();
      }
    }
  }

  /** Closes with its scope unless it was kept. */
  void closeWith(Nd4jScope closing) {
    if (scope == closing) {
      close();
    }
  }

  /** Leaves that scope if it is in it. */
  void leave(Nd4jScope left) {
    if (scope == left) {
      scope = null;
    }
  }

  @Override
  public String toString() {
    return "Nd4jTensor" + Shapes.text(shape);
  }
}
