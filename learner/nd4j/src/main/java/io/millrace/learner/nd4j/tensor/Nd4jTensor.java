package io.millrace.learner.nd4j.tensor;

import io.millrace.learner.tensor.EngineTensor;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Scopes;
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
public final class Nd4jTensor extends EngineTensor<Nd4jTensor> {
  private final Nd4jContext context;
  private final Scopes<Nd4jTensor> scopes;
  private final @Nullable Storage storage;
  private final long offset;
  private final long[] strides;
  private final INDArray data;

  /** Takes over one hold on {@code storage}, which is null for a tensor without elements. */
  public Nd4jTensor(
      Nd4jContext context,
      Scopes<Nd4jTensor> scopes,
      @Nullable Storage storage,
      long offset,
      long[] shape,
      long[] strides) {
    super(scopes, shape);
    this.context = context;
    this.scopes = scopes;
    this.storage = storage;
    this.offset = offset;
    this.strides = strides;
    data = storage == null ? Nd4j.empty(context.type()) : storage.array(offset, shape, strides);
  }

  /** A new tensor in the innermost scope of this thread, filled; temporaries of it die at once. */
  public static Nd4jTensor made(
      Nd4jContext context, Scopes<Nd4jTensor> scopes, Consumer<Nd4jTensor> fill, long... shape) {
    Storage storage = context.storage(shape);
    Nd4jTensor z =
        scopes.put(
            new Nd4jTensor(context, scopes, storage, 0, shape.clone(), Buffers.strides(shape)));
    z.fill(fill);
    return z;
  }

  /** A tensor over an array of {@link Buffers#take} that now belongs to it; no scope closes it. */
  public static Nd4jTensor over(Nd4jContext context, Scopes<Nd4jTensor> scopes, INDArray array) {
    Storage storage = array.isEmpty() ? null : new Storage(context.buffers(), array.data());
    long[] shape = array.shape();
    return new Nd4jTensor(context, scopes, storage, 0, shape, Buffers.strides(shape));
  }

  private Nd4jTensor made(Consumer<Nd4jTensor> fill, long... shape) {
    return made(context, scopes, fill, shape);
  }

  /** Fills this tensor, or closes it where that fails. */
  public void fill(Consumer<Nd4jTensor> work) {
    if (isEmpty()) {
      return;
    }
    context.useThreads();
    try (Scope temporaries = scopes.open()) {
      work.accept(this);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  public INDArray data() {
    requireOpen();
    return data;
  }

  public boolean isEmpty() {
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
  public INDArray dense() {
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
    return made(
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
        : scopes.own(made(z -> z.data.assign(0), result).add(this)).data;
  }

  /** Fills a tensor with results of another type. */
  private void throughOtherType(DataType type, Ops.Call call, Nd4jTensor z) {
    INDArray other = context.buffers().take(type, z.lengths());
    call.into(other);
    z.data.assign(other);
    context.buffers().giveBack(other);
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
    return made(z -> work.accept(dense(), z.data), lengths());
  }

  // Reductions.

  @Override
  protected Tensor reduce(Reduction reduction, boolean keepDims, long[] axes, long[] result) {
    if (isEmpty()) {
      double value = reduction == Reduction.MEAN ? Double.NaN : 0;
      return made(z -> z.data.assign(value), result);
    }
    if (axes.length == 0) {
      return made(z -> z.data.assign(data), result);
    }
    int[] dims = LongStream.of(axes).mapToInt(Math::toIntExact).toArray();
    return made(
        z -> {
          INDArray x = dense();
          Ops.call("reduce_" + reduction).in(x).integers(dims).flags(keepDims).into(z.data);
          boolean compares = reduction == Reduction.MAX || reduction == Reduction.MIN;
          if (compares && Ops.mayHoldNaN(x)) {
            // Equal to themselves are all but NaN, and the root of −1 is NaN again.
            Tensor numbers = equalTo(this).min(keepDims, dims[0]);
            Ops.keepNaN(scopes.own(numbers.add(-1).sqrt()).data, z.data);
          }
        },
        result);
  }

  @Override
  protected Tensor doArgmax(int axis, long[] result) {
    return made(
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
    return made(
        z -> {
          INDArray shifted = scopes.own(sub(max(true, axis))).data;
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
  protected Tensor doMatmul(Nd4jTensor other, long[] result) {
    return made(
        z -> {
          // As a matrix, the right one is read by its strides.
          INDArray right = other.lengths().length == 2 ? other.data() : other.dense();
          MatrixProduct.run(dense(), right, z.data);
        },
        result);
  }

  @Override
  protected Tensor reshaped(long[] lengths) {
    if (isDense()) {
      return view(offset, lengths, Buffers.strides(lengths));
    }
    long[] own = lengths();
    return made(z -> z.view(0, own, Buffers.strides(own)).copyIn(this), lengths);
  }

  @Override
  protected Tensor permuted(long[] axes) {
    return view(offset, inOrder(axes, lengths()), inOrder(axes, strides));
  }

  private static long[] inOrder(long[] axes, long[] of) {
    return LongStream.of(axes).map(axis -> of[(int) axis]).toArray();
  }

  @Override
  protected Tensor doSlice(int axis, long from, long[] result) {
    return view(offset + from * strides[axis], result, strides);
  }

  /** A tensor over the same storage, in the innermost scope. */
  private Nd4jTensor view(long from, long[] lengths, long[] steps) {
    Storage shared = storage == null || Shapes.count(lengths) == 0 ? null : storage.hold();
    return scopes.put(new Nd4jTensor(context, scopes, shared, from, lengths, steps));
  }

  /** The same elements for a holder of its own, which closes it; copied where there are gaps. */
  public Nd4jTensor heldDense() {
    requireOpen();
    return isDense() ? unscopedView(lengths()) : over(context, scopes, copyOf());
  }

  private INDArray copyOf() {
    INDArray copy = context.buffers().take(context.type(), lengths());
    copy.assign(data);
    return copy;
  }

  /** A tensor over the same row-major elements in a shape of as many, that no scope closes. */
  public Nd4jTensor unscopedView(long... lengths) {
    Storage shared = storage == null ? null : storage.hold();
    return new Nd4jTensor(context, scopes, shared, offset, lengths, Buffers.strides(lengths));
  }

  @Override
  protected Tensor doSelect(int axis, long[] indices, long[] result) {
    return made(
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
    return made(z -> context.host().write(rows, z.data), result);
  }

  @Override
  public Nd4jTensor copy() {
    requireOpen();
    return made(z -> z.data.assign(data), lengths());
  }

  // In place.

  @Override
  protected void doCopy(Nd4jTensor source) {
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
  protected void doLerp(Nd4jTensor target, double weight) {
    inPlace(
        target,
        to -> {
          INDArray difference = context.buffers().take(context.type(), lengths());
          Ops.call("subtract").in(to, data).into(difference);
          add(weight, difference);
          context.buffers().giveBack(difference);
        });
  }

  /** this += factor · other, of the same shape. */
  private void add(double factor, INDArray other) {
    if (factor == 1) {
      data.addi(other);
      return;
    }
    INDArray scaled = context.buffers().take(context.type(), lengths());
    Ops.run(new ScalarMultiplication(other, null, scaled, factor));
    data.addi(scaled);
    context.buffers().giveBack(scaled);
  }

  private void inPlace(Nd4jTensor source, Consumer<INDArray> work) {
    if (isEmpty()) {
      return;
    }
    try (var own = scopes.open()) {
      work.accept(source.broadcastTo(lengths()));
    }
  }

  // To the host.

  @Override
  protected float[] floats(int length) {
    try (var own = scopes.open()) {
      return context.host().floats(dense());
    }
  }

  @Override
  protected double[] doubles(int length) {
    try (var own = scopes.open()) {
      return context.host().doubles(dense());
    }
  }

  @Override
  protected void release() {
    if (storage != null) {
      storage.release();
    }
  }
}
