package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.kernel.Kernels;
import io.millrace.learner.nd4j.tensor.Backend;
import io.millrace.learner.nd4j.tensor.Buffers;
import io.millrace.learner.nd4j.tensor.HostCopy;
import io.millrace.learner.nd4j.tensor.Nd4jTensor;
import io.millrace.learner.nd4j.tensor.Storage;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Scopes;
import io.millrace.learner.tensor.Shapes;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Arithmetic by ND4J. Several threads may use one engine at a time as long as no tensor or network
 * is shared while it is written.
 */
final class Nd4jEngine implements Engine {
  private final Backend backend;
  private final EngineInfo info;
  private final DataType type;
  private final HostCopy host;
  private final Buffers buffers = new Buffers();
  private final Scopes<Nd4jTensor> scopes = new Scopes<>(this, Nd4jTensor.class);

  static Nd4jEngine open(EngineOptions options) {
    if (options.precision() == Precision.BF16) {
      throw new IllegalArgumentException(
          "engine.precision is bf16: engine nd4j computes in float32 or float64; engine torch has"
              + " bf16");
    }
    return new Nd4jEngine(options, Backend.load(options.device()));
  }

  private Nd4jEngine(EngineOptions asked, Backend backend) {
    this.backend = backend;
    int threads = backend.chooseThreads(asked.threads());
    type = asked.precision() == Precision.FLOAT64 ? DataType.DOUBLE : DataType.FLOAT;
    host = new HostCopy(backend.onHost());
    info =
        new EngineInfo(
            Nd4jEngineProvider.NAME,
            backend.version(),
            backend.device(),
            backend.deviceName(),
            asked.precision(),
            threads,
            backend.capability());
  }

  @Override
  public EngineInfo info() {
    return info;
  }

  @Override
  public Scope scope() {
    return scopes.open();
  }

  @Override
  public Tensor tensor(float[] values, long... shape) {
    Shapes.requireCount("tensor", values.length, shape);
    return made(z -> host.write(values, z.data()), shape);
  }

  @Override
  public Tensor tensor(double[] values, long... shape) {
    Shapes.requireCount("tensor", values.length, shape);
    return made(z -> host.write(values, z.data()), shape);
  }

  @Override
  public Tensor tensor(byte[] unsigned, long... shape) {
    Shapes.requireCount("tensor", unsigned.length, shape);
    float[] values = new float[unsigned.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Byte.toUnsignedInt(unsigned[i]);
    }
    return tensor(values, shape);
  }

  @Override
  public Nd4jTensor zeros(long... shape) {
    Shapes.requireCount("zeros", Shapes.count(shape), shape);
    return made(z -> z.data().assign(0), shape);
  }

  @Override
  public Tensor concat(int dim, List<Tensor> parts) {
    var shapes = new ArrayList<long[]>();
    parts.forEach(part -> shapes.add(scopes.own(part).shape()));
    int axis = Shapes.concatAxis("concat", dim, shapes);
    long[] result = shapes.get(0).clone();
    result[axis] = shapes.stream().mapToLong(shape -> shape[axis]).sum();
    return made(
        z -> {
          long at = 0;
          for (Tensor part : parts) {
            long end = at + scopes.own(part).size(axis);
            z.slice(axis, at, end).copyIn(part);
            at = end;
          }
        },
        result);
  }

  @Override
  public boolean supports(Layer layer) {
    return Kernels.has(layer);
  }

  @Override
  public Network network(NetworkSpec spec) {
    return new Nd4jNetwork(this, spec);
  }

  @Override
  public void synchronize() {
    backend.synchronize();
  }

  @Override
  public void close() {
    buffers.close();
  }

  // For this package.

  Scopes<Nd4jTensor> scopes() {
    return scopes;
  }

  DataType type() {
    return type;
  }

  Buffers buffers() {
    return buffers;
  }

  HostCopy host() {
    return host;
  }

  /** Makes the number of threads asked for count on this thread: OpenMP keeps it per thread. */
  void useThreads() {
    backend.useThreads(info.threads());
  }

  /** A new tensor in the innermost scope of this thread, filled; temporaries of it die at once. */
  Nd4jTensor made(Consumer<Nd4jTensor> fill, long... shape) {
    Nd4jTensor z = scoped(storage(shape), 0, shape.clone(), Buffers.strides(shape));
    fill(z, fill);
    return z;
  }

  /** A new tensor that no scope closes, filled with one value. */
  Nd4jTensor unscoped(double value, long... shape) {
    Storage storage = storage(shape);
    var z = new Nd4jTensor(this, storage, 0, shape, Buffers.strides(shape));
    fill(z, t -> t.data().assign(value));
    return z;
  }

  /** A tensor over an array of {@link Buffers#take} that now belongs to it; no scope closes it. */
  Nd4jTensor unscoped(INDArray array) {
    Storage storage = array.isEmpty() ? null : new Storage(buffers, array.data());
    long[] shape = array.shape();
    return new Nd4jTensor(this, storage, 0, shape, Buffers.strides(shape));
  }

  /** The same in the innermost scope. */
  Nd4jTensor scoped(INDArray array) {
    return scopes.put(unscoped(array));
  }

  Nd4jTensor scoped(@Nullable Storage storage, long offset, long[] shape, long[] strides) {
    return scopes.put(new Nd4jTensor(this, storage, offset, shape, strides));
  }

  private @Nullable Storage storage(long... shape) {
    long length = Shapes.count(shape);
    return length == 0 ? null : new Storage(buffers, buffers.buffer(type, length));
  }

  private void fill(Nd4jTensor z, Consumer<Nd4jTensor> work) {
    if (z.isEmpty()) {
      return;
    }
    useThreads();
    try (Scope temporaries = scope()) {
      work.accept(z);
    } catch (RuntimeException e) {
      z.close();
      throw e;
    }
  }
}
