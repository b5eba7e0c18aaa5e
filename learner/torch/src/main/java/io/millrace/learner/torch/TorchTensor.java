package io.millrace.learner.torch;

import io.millrace.learner.tensor.EngineTensor;
import io.millrace.learner.tensor.Scopes;
import io.millrace.learner.tensor.Tensor;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A libtorch tensor that takes no part in autograd. */
final class TorchTensor extends EngineTensor<TorchTensor> {
  private final TorchContext context;
  private final Scopes<TorchTensor> scopes;
  private final org.bytedeco.pytorch.Tensor data;

  /** Takes over {@code data}, whose reference the caller has retained. */
  TorchTensor(TorchContext context, Scopes<TorchTensor> scopes, org.bytedeco.pytorch.Tensor data) {
    super(scopes, Native.shapeOf(data));
    this.context = context;
    this.scopes = scopes;
    this.data = data;
  }

  org.bytedeco.pytorch.Tensor data() {
    requireOpen();
    return data;
  }

  @Override
  protected Tensor binary(Binary operation, TorchTensor other, long[] result) {
    org.bytedeco.pytorch.Tensor right = other.data;
    return made(
        operation.toString(),
        left ->
            switch (operation) {
              case ADD -> left.add(right);
              case SUB -> left.sub(right);
              case MUL -> left.mul(right);
              case DIV -> left.div(right);
              case MAXIMUM -> left.maximum(right);
              case MINIMUM -> left.minimum(right);
              case GREATER -> left.gt(right).to(context.storage());
              case EQUAL_TO -> left.eq(right).to(context.storage());
            });
  }

  @Override
  protected Tensor unary(Unary function) {
    return made(
        function.toString(),
        t ->
            switch (function) {
              case EXP -> t.exp();
              case LOG -> t.log();
              case SQRT -> t.sqrt();
              case ABS -> t.abs();
              case FLOOR -> t.floor();
              case SIGMOID -> t.sigmoid();
              case TANH -> t.tanh();
            });
  }

  @Override
  public Tensor add(double scalar) {
    return made("add", t -> t.add(new Scalar(scalar)));
  }

  @Override
  public Tensor mul(double scalar) {
    return made("mul", t -> t.mul(new Scalar(scalar)));
  }

  @Override
  public Tensor pow(double exponent) {
    return made("pow", t -> t.pow(new Scalar(exponent)));
  }

  @Override
  public Tensor clamp(double min, double max) {
    return made(
        "clamp",
        t -> t.clamp(new ScalarOptional(new Scalar(min)), new ScalarOptional(new Scalar(max))));
  }

  @Override
  protected Tensor reduce(Reduction reduction, boolean keepDims, long[] axes, long[] result) {
    return made(
        reduction.toString(),
        t ->
            switch (reduction) {
              case SUM -> t.sum(axes, keepDims, new ScalarTypeOptional());
              case MEAN -> t.mean(axes, keepDims, new ScalarTypeOptional());
              case MAX -> t.amax(axes, keepDims);
              case MIN -> t.amin(axes, keepDims);
            });
  }

  @Override
  protected Tensor doArgmax(int axis, long[] result) {
    return made("argmax", t -> t.argmax(new LongOptional(axis), false).to(context.storage()));
  }

  @Override
  protected Tensor softmaxOver(int axis) {
    return made("softmax", t -> t.softmax(axis));
  }

  @Override
  protected Tensor logSoftmaxOver(int axis) {
    return made("logSoftmax", t -> t.log_softmax(axis));
  }

  @Override
  protected Tensor doMatmul(TorchTensor other, long[] result) {
    return made("matmul", t -> t.matmul(other.data));
  }

  @Override
  protected Tensor reshaped(long[] lengths) {
    return made("reshape", t -> t.reshape(lengths));
  }

  @Override
  protected Tensor permuted(long[] axes) {
    return made("permute", t -> t.permute(axes));
  }

  @Override
  protected Tensor doSlice(int axis, long from, long[] result) {
    return made("slice", t -> t.narrow(axis, from, result[axis]));
  }

  @Override
  protected Tensor doSelect(int axis, long[] indices, long[] result) {
    return made("select", t -> t.index_select(axis, context.indices(indices)));
  }

  @Override
  protected Tensor oneHot(double[] indices, int classes) {
    return made("oneHot", t -> torch.one_hot(t.to(ScalarType.Long), classes).to(context.storage()));
  }

  @Override
  public Tensor copy() {
    return made("copy", t -> t.clone(context.contiguous()));
  }

  @Override
  protected void doCopy(TorchTensor source) {
    Native.run("copyIn", () -> data.copy_(source.data));
  }

  @Override
  public Tensor fillIn(double value) {
    requireOpen();
    Native.run("fillIn", () -> data.fill_(new Scalar(value)));
    return this;
  }

  @Override
  public Tensor scaleIn(double factor) {
    requireOpen();
    Native.run("scaleIn", () -> data.mul_(new Scalar(factor)));
    return this;
  }

  @Override
  protected void addScaled(double factor, TorchTensor other) {
    Native.run("addIn", () -> data.add_(other.data, new Scalar(factor)));
  }

  @Override
  protected void doLerp(TorchTensor target, double weight) {
    Native.run("lerpIn", () -> data.lerp_(target.data, new Scalar(weight)));
  }

  @Override
  protected float[] floats(int length) {
    float[] values = new float[length];
    Native.run("toFloats", () -> onHost(ScalarType.Float).data_ptr_float().get(values));
    return values;
  }

  @Override
  protected double[] doubles(int length) {
    double[] values = new double[length];
    Native.run("toDoubles", () -> onHost(ScalarType.Double).data_ptr_double().get(values));
    return values;
  }

  private org.bytedeco.pytorch.Tensor onHost(ScalarType type) {
    return data.cpu().to(type).contiguous();
  }

  @Override
  protected void release() {
    data.releaseReference();
  }

  private TorchTensor made(String operation, UnaryOperator<org.bytedeco.pytorch.Tensor> work) {
    org.bytedeco.pytorch.Tensor self = data();
    return scopes.put(
        new TorchTensor(context, scopes, Native.keep(operation, () -> work.apply(self))));
  }
}
