package io.millrace.learner.torch;

import io.millrace.learner.tensor.DType;
import io.millrace.learner.tensor.Shapes;
import io.millrace.learner.tensor.Tensor;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** A libtorch tensor that takes no part in autograd. */
final class TorchTensor implements Tensor {
  private final TorchEngine engine;
  private final org.bytedeco.pytorch.Tensor data;
  private final long[] shape;
  private @Nullable TorchScope scope;
  private boolean closed;

  /** Takes over {@code data}, whose reference the caller has retained. */
  TorchTensor(TorchEngine engine, org.bytedeco.pytorch.Tensor data, @Nullable TorchScope scope) {
    this.engine = engine;
    this.data = data;
    this.scope = scope;
    shape = shapeOf(data);
  }

  static long[] shapeOf(org.bytedeco.pytorch.Tensor data) {
    long[] shape = new long[(int) data.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = data.size(i);
    }
    return shape;
  }

  org.bytedeco.pytorch.Tensor data() {
    if (closed) {
      throw new IllegalStateException("tensor of shape " + Shapes.text(shape) + " is closed");
    }
    return data;
  }

  TorchEngine engine() {
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

  @Override
  public Tensor add(Tensor other) {
    return binary("add", other, data()::add);
  }

  @Override
  public Tensor sub(Tensor other) {
    return binary("sub", other, data()::sub);
  }

  @Override
  public Tensor mul(Tensor other) {
    return binary("mul", other, data()::mul);
  }

  @Override
  public Tensor div(Tensor other) {
    return binary("div", other, data()::div);
  }

  @Override
  public Tensor add(double scalar) {
    return unary("add", t -> t.add(new Scalar(scalar)));
  }

  @Override
  public Tensor mul(double scalar) {
    return unary("mul", t -> t.mul(new Scalar(scalar)));
  }

  @Override
  public Tensor pow(double exponent) {
    return unary("pow", t -> t.pow(new Scalar(exponent)));
  }

  @Override
  public Tensor exp() {
    return unary("exp", org.bytedeco.pytorch.Tensor::exp);
  }

  @Override
  public Tensor log() {
    return unary("log", org.bytedeco.pytorch.Tensor::log);
  }

  @Override
  public Tensor sqrt() {
    return unary("sqrt", org.bytedeco.pytorch.Tensor::sqrt);
  }

  @Override
  public Tensor abs() {
    return unary("abs", org.bytedeco.pytorch.Tensor::abs);
  }

  @Override
  public Tensor floor() {
    return unary("floor", org.bytedeco.pytorch.Tensor::floor);
  }

  @Override
  public Tensor sigmoid() {
    return unary("sigmoid", org.bytedeco.pytorch.Tensor::sigmoid);
  }

  @Override
  public Tensor tanh() {
    return unary("tanh", org.bytedeco.pytorch.Tensor::tanh);
  }

  @Override
  public Tensor clamp(double min, double max) {
    return unary(
        "clamp",
        t -> t.clamp(new ScalarOptional(new Scalar(min)), new ScalarOptional(new Scalar(max))));
  }

  @Override
  public Tensor maximum(Tensor other) {
    return binary("maximum", other, data()::maximum);
  }

  @Override
  public Tensor minimum(Tensor other) {
    return binary("minimum", other, data()::minimum);
  }

  @Override
  public Tensor greater(Tensor other) {
    return binary("greater", other, o -> data().gt(o).to(engine.storage()));
  }

  @Override
  public Tensor equalTo(Tensor other) {
    return binary("equalTo", other, o -> data().eq(o).to(engine.storage()));
  }

  @Override
  public Tensor sum(boolean keepDims, int... dims) {
    long[] axes = Shapes.axes("sum", dims, shape);
    return unary("sum", t -> t.sum(axes, keepDims, new ScalarTypeOptional()));
  }

  @Override
  public Tensor mean(boolean keepDims, int... dims) {
    long[] axes = Shapes.axes("mean", dims, shape);
    return unary("mean", t -> t.mean(axes, keepDims, new ScalarTypeOptional()));
  }

  @Override
  public Tensor max(boolean keepDims, int dim) {
    long axis = nonEmptyAxis("max", dim);
    return unary("max", t -> t.amax(new long[] {axis}, keepDims));
  }

  @Override
  public Tensor min(boolean keepDims, int dim) {
    long axis = nonEmptyAxis("min", dim);
    return unary("min", t -> t.amin(new long[] {axis}, keepDims));
  }

  @Override
  public Tensor argmax(int dim) {
    long axis = nonEmptyAxis("argmax", dim);
    return unary("argmax", t -> t.argmax(new LongOptional(axis), false).to(engine.storage()));
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
  public Tensor softmax(int dim) {
    long axis = Shapes.axis("softmax", dim, shape);
    return unary("softmax", t -> t.softmax(axis));
  }

  @Override
  public Tensor logSoftmax(int dim) {
    long axis = Shapes.axis("logSoftmax", dim, shape);
    return unary("logSoftmax", t -> t.log_softmax(axis));
  }

  @Override
  public Tensor matmul(Tensor other) {
    TorchTensor right = engine.own(other);
    Shapes.matmul("matmul", shape, right.shape);
    return unary("matmul", t -> t.matmul(right.data()));
  }

  @Override
  public Tensor reshape(long... wanted) {
    long[] lengths = Shapes.reshape("reshape", shape, wanted);
    return unary("reshape", t -> t.reshape(lengths));
  }

  @Override
  public Tensor permute(int... dims) {
    long[] axes = Shapes.permutation("permute", dims, shape);
    return unary("permute", t -> t.permute(axes));
  }

  @Override
  public Tensor slice(int dim, long from, long to) {
    int axis = Shapes.axis("slice", dim, shape);
    Shapes.requireSpan("slice", axis, from, to, shape);
    return unary("slice", t -> t.narrow(axis, from, to - from));
  }

  @Override
  public Tensor select(int dim, long... indices) {
    int axis = Shapes.axis("select", dim, shape);
    Shapes.requireIndices("select", axis, indices, shape);
    return unary("select", t -> t.index_select(axis, engine.indices(indices)));
  }

  @Override
  public Tensor oneHot(int classes) {
    for (double index : toDoubles()) {
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
    return unary("oneHot", t -> torch.one_hot(t.to(ScalarType.Long), classes).to(engine.storage()));
  }

  @Override
  public Tensor copy() {
    return unary("copy", t -> t.clone(engine.contiguous()));
  }

  @Override
  public Tensor copyIn(Tensor source) {
    TorchTensor from = intoThis("copyIn", source);
    return inPlace("copyIn", () -> data().copy_(from.data()));
  }

  @Override
  public Tensor fillIn(double value) {
    return inPlace("fillIn", () -> data().fill_(new Scalar(value)));
  }

  @Override
  public Tensor scaleIn(double factor) {
    return inPlace("scaleIn", () -> data().mul_(new Scalar(factor)));
  }

  @Override
  public Tensor addIn(double factor, Tensor other) {
    TorchTensor from = intoThis("addIn", other);
    return inPlace("addIn", () -> data().add_(from.data(), new Scalar(factor)));
  }

  @Override
  public Tensor lerpIn(Tensor target, double weight) {
    TorchTensor to = intoThis("lerpIn", target);
    return inPlace("lerpIn", () -> data().lerp_(to.data(), new Scalar(weight)));
  }

  @Override
  public float[] toFloats() {
    float[] values = new float[hostLength()];
    if (values.length > 0) {
      Native.run("toFloats", () -> onHost(ScalarType.Float).data_ptr_float().get(values));
    }
    return values;
  }

  @Override
  public double[] toDoubles() {
    double[] values = new double[hostLength()];
    if (values.length > 0) {
      Native.run("toDoubles", () -> onHost(ScalarType.Double).data_ptr_double().get(values));
    }
    return values;
  }

  private int hostLength() {
    if (size() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor of shape " + Shapes.text(shape) + " is too long for a Java array");
    }
    return (int) size();
  }

  private org.bytedeco.pytorch.Tensor onHost(ScalarType type) {
    return data().cpu().to(type).contiguous();
  }

  @Override
  public double item() {
    if (size() != 1) {
      throw new IllegalArgumentException(
          "item: shape " + Shapes.text(shape) + " is not one element");
    }
    return data().item_double();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      data.releaseReference();
    }
  }

  /** Closes with its scope unless it was kept. */
  void closeWith(TorchScope closing) {
    if (scope == closing) {
      close();
    }
  }

  /** Leaves that scope if it is in it. */
  void leave(TorchScope left) {
    if (scope == left) {
      scope = null;
    }
  }

  @Override
  public String toString() {
    return "TorchTensor" + Shapes.text(shape);
  }

  private Tensor unary(String operation, UnaryOperator<org.bytedeco.pytorch.Tensor> work) {
    org.bytedeco.pytorch.Tensor self = data();
    return engine.made(operation, () -> work.apply(self));
  }

  private Tensor binary(
      String operation, Tensor other, UnaryOperator<org.bytedeco.pytorch.Tensor> work) {
    TorchTensor right = engine.own(other);
    Shapes.broadcast(operation, shape, right.shape);
    org.bytedeco.pytorch.Tensor operand = right.data();
    return engine.made(operation, () -> work.apply(operand));
  }

  private TorchTensor intoThis(String operation, Tensor source) {
    TorchTensor from = engine.own(source);
    if (!Arrays.equals(from.shape, shape)) {
      Shapes.requireBroadcastTo(operation, from.shape, shape);
    }
    return from;
  }

  private Tensor inPlace(String operation, Runnable work) {
    data();
    Native.run(operation, work);
    return this;
  }
}
