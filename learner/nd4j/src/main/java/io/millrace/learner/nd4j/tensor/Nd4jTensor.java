package io.millrace.learner.nd4j.tensor;

import io.millrace.learner.nd4j.Nd4jEngine;
import io.millrace.learner.tensor.EngineTensor;
import io.millrace.learner.tensor.Shapes;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.Op;
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
final class Nd4jTensor extends EngineTensor<Nd4jTensor> {
  private final Nd4jEngine engine;
  private final @Nullable Storage storage;
  private final long offset;
  private final long[] strides;
  private final INDArray data;

  /** Takes over one hold on {@code storage}, which is null for a tensor without elements. */
  Nd4jTensor(
      Nd4jEngine engine, @Nullable Storage storage, long offset, long[] shape, long[] strides) {
    super(engine.scopes(), shape);
    this.engine = engine;
    this.storage = storage;
    this.offset = offset;
    this.strides = strides;
    data = storage == null ? Nd4j.empty(engine.type()) : storage.array(offset, shape, strides);
  }

  INDArray data() {
    requireOpen();
    return data;
  }

  boolean isEmpty() {
    return storage == null;
  }

  /** Whether elements lie in row-major order without gaps. */
  private boolean isDense() {
    long[] shape = lengths();
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
    return isDense() ? data() : copy().data();
  }

  // Elementwise.

  @Override
  protected Tensor binary(Binary operation, Nd4jTensor other, long[] result) {
    String op =
        switch (operation) {
          case ADD -> "add";
          case SUB -> "subtract";
          case MUL -> "multiply";
          case DIV -> "divide";
          case MAXIMUM -> "maximum";
          case MINIMUM -> "minimum";
          case GREATER -> "greater";
          case EQUAL_TO -> "equals";
        };
    return engine.made(
        z -> {
          Ops.Call call = Ops.call(op).in(dense(), other.dense());
          switch (operation) {
            case GREATER, EQUAL_TO -> throughOtherType(DataType.BOOL, call, z);
            case MAXIMUM, MINIMUM -> {
              call.into(z.data);
              Ops.keepNaN(broadcastTo(result), z.data);
              Ops.keepNaN(other.broadcastTo(result), z.data);
            }
            default -> call.into(z.data);
          }
        },
        result);
  }

  /** The elements in a shape that this one broadcasts to. */
  private INDArray broadcastTo(long... result) {
    return Arrays.equals(lengths(), result)
        ? data
        : engine.scopes().own(engine.zeros(result).add(this)).data;
  }

  /** Fills a tensor with results of another type. */
  private void throughOtherType(DataType type, Ops.Call call, Nd4jTensor z) {
    INDArray other = engine.buffers().take(type, z.lengths());
    call.into(other);
    z.data.assign(other);
    engine.buffers().giveBack(other);
  }

  @Override
  protected Tensor unary(Unary function) {
    return mapped(
        (x, z) -> {
          Op op =
              switch (function) {
                case EXP -> new Exp(x, z);
                case LOG -> new Log(x, z);
                case SQRT -> new Sqrt(x, z);
                case ABS -> new Abs(x, z);
                case FLOOR -> new Floor(x, z);
                case SIGMOID -> new Sigmoid(x, z);
                case TANH -> new Tanh(x, z);
              };
          Ops.run(op);
        });
  }

  @Override
  public Tensor add(double scalar) {
    return mapped((x, z) -> Ops.run(new ScalarAdd(x, null, z, scalar)));
  }

  @Override
  public Tensor mul(double scalar) {
    return mapped((x, z) -> Ops.run(new ScalarMultiplication(x, null, z, scalar)));
  }

  @Override
  public Tensor pow(double exponent) {
    return mapped((x, z) -> Ops.run(new Pow(x, z, exponent)));
  }

  @Override
  public Tensor clamp(double min, double max) {
    return mapped(
        (x, z) -> {
          z.assign(x);
          if (min != Double.NEGATIVE_INFINITY) {
            Ops.run(new ScalarMax(z, null, z, min));
          }
          if (max != Double.POSITIVE_INFINITY) {
            Ops.run(new ScalarMin(z, null, z, max));
          }
          Ops.keepNaN(x, z);
        });
  }

  private Tensor mapped(BiConsumer<INDArray, INDArray> work) {
    requireOpen();
    return engine.made(z -> work.accept(dense(), z.data), lengths());
  }

  // Reductions.

  @Override
  protected Tensor reduce(Reduction reduction, boolean keepDims, long[] axes, long[] result) {
    if (isEmpty()) {
      double value = reduction == Reduction.MEAN ? Double.NaN : 0;
      return engine.made(z -> z.data.assign(value), result);
    }
    if (axes.length == 0) {
      return engine.made(z -> z.data.assign(data), result);
    }
    int[] dims = LongStream.of(axes).mapToInt(Math::toIntExact).toArray();
    return engine.made(
        z -> {
          INDArray x = dense();
          Ops.call("reduce_" + reduction).in(x).integers(dims).flags(keepDims).into(z.data);
          boolean compares = reduction == Reduction.MAX || reduction == Reduction.MIN;
          if (compares && Ops.mayHoldNaN(x)) {
            // Equal to themselves are all but NaN, and the root of −1 is NaN again.
            Tensor numbers = equalTo(this).min(keepDims, dims[0]);
            Ops.keepNaN(engine.scopes().own(numbers.add(-1).sqrt()).data, z.data);
          }
        },
        result);
  }

  @Override
  protected Tensor firstLargest(int axis, long[] result) {
    return engine.made(
        z ->
            throughOtherType(
                DataType.INT64, Ops.call("argmax").in(dense()).integers(axis).flags(false), z),
        result);
  }

  @Override
  protected Tensor softmaxOver(int axis) {
    if (isEmpty()) {
      return copy();
    }
    // ND4J's own bound is lost below the smallest positive number, and all becomes NaN.
    return engine.made(
        z -> {
          INDArray shifted = engine.scopes().own(sub(max(true, axis))).data;
          Ops.call("softmax").in(shifted).integers(axis).into(z.data);
        },
        lengths());
  }

  @Override
  protected Tensor logSoftmaxOver(int axis) {
    if (isEmpty()) {
      return copy();
    }
    Tensor shifted = sub(max(true, axis));
    return shifted.sub(shifted.exp().sum(true, axis).log());
  }

  // Linear algebra and shape.

  @Override
  protected Tensor product(Nd4jTensor other, long[] result) {
    return engine.made(z -> MatrixProduct.run(this, other, z), result);
  }

  @Override
  protected Tensor reshaped(long[] lengths) {
    if (isDense()) {
      return view(offset, lengths, Buffers.strides(lengths));
    }
    long[] own = lengths();
    return engine.made(z -> z.view(0, own, Buffers.strides(own)).copyIn(this), lengths);
  }

  @Override
  protected Tensor permuted(long[] axes) {
    return view(offset, inOrder(axes, lengths()), inOrder(axes, strides));
  }

  private static long[] inOrder(long[] axes, long[] of) {
    return LongStream.of(axes).map(axis -> of[(int) axis]).toArray();
  }

  @Override
  protected Tensor part(int axis, long from, long[] result) {
    return view(offset + from * strides[axis], result, strides);
  }

  /** A tensor over the same storage, in the innermost scope. */
  private Nd4jTensor view(long from, long[] lengths, long[] steps) {
    Storage shared = storage == null || Shapes.count(lengths) == 0 ? null : storage.hold();
    return engine.scoped(shared, from, lengths, steps);
  }

  /** The same elements for a holder of its own, which closes it; copied where there are gaps. */
  Nd4jTensor heldDense() {
    requireOpen();
    return isDense() ? unscopedView(lengths()) : engine.unscoped(copyOf());
  }

  private INDArray copyOf() {
    INDArray copy = engine.buffers().take(engine.type(), lengths());
    copy.assign(data);
    return copy;
  }

  /** A tensor over the same row-major elements in a shape of as many, that no scope closes. */
  Nd4jTensor unscopedView(long... lengths) {
    Storage shared = storage == null ? null : storage.hold();
    return new Nd4jTensor(engine, shared, offset, lengths, Buffers.strides(lengths));
  }

  @Override
  protected Tensor rows(int axis, long[] indices, long[] result) {
    return engine.made(
        z -> {
          try (INDArray rows = Nd4j.createFromArray(indices)) {
            Ops.call("gather").in(dense(), rows).integers(axis).into(z.data);
          }
        },
        result);
  }

  @Override
  protected Tensor oneHot(double[] indices, int classes) {
    double[] rows = new double[Math.multiplyExact(indices.length, classes)];
    for (int i = 0; i < indices.length; i++) {
      rows[i * classes + (int) indices[i]] = 1;
    }
    int rank = lengths().length;
    long[] result = Arrays.copyOf(lengths(), rank + 1);
    result[rank] = classes;
    return engine.tensor(rows, result);
  }

  @Override
  public Nd4jTensor copy() {
    requireOpen();
    return engine.made(z -> z.data.assign(data), lengths());
  }

  // In place.

  @Override
  protected void set(Nd4jTensor source) {
    inPlace(source, from -> data.assign(from));
  }

  @Override
  public Tensor fillIn(double value) {
    requireOpen();
    if (!isEmpty()) {
      data.assign(value);
    }
    return this;
  }

  @Override
  public Tensor scaleIn(double factor) {
    requireOpen();
    if (!isEmpty()) {
      Ops.run(new ScalarMultiplication(data, null, data, factor));
    }
    return this;
  }

  @Override
  protected void addScaled(double factor, Nd4jTensor other) {
    inPlace(other, from -> add(factor, from));
  }

  @Override
  protected void approach(Nd4jTensor target, double weight) {
    inPlace(
        target,
        to -> {
          INDArray difference = engine.buffers().take(engine.type(), lengths());
          Ops.call("subtract").in(to, data).into(difference);
          add(weight, difference);
          engine.buffers().giveBack(difference);
        });
  }

  /** this += factor · other, of the same shape. */
  private void add(double factor, INDArray other) {
    if (factor == 1) {
      data.addi(other);
      return;
    }
    INDArray scaled = engine.buffers().take(engine.type(), lengths());
    Ops.run(new ScalarMultiplication(other, null, scaled, factor));
    data.addi(scaled);
    engine.buffers().giveBack(scaled);
  }

  private void inPlace(Nd4jTensor source, Consumer<INDArray> work) {
    if (isEmpty()) {
      return;
    }
    try (var own = engine.scope()) {
      work.accept(source.broadcastTo(lengths()));
    }
  }

  // To the host.

  @Override
  protected float[] floats(int length) {
    try (var own = engine.scope()) {
      return engine.host().floats(dense());
    }
  }

  @Override
  protected double[] doubles(int length) {
    try (var own = engine.scope()) {
      return engine.host().doubles(dense());
    }
  }

  @Override
  protected void release() {
    if (storage != null) {
      storage.release();
    }
  }
}
