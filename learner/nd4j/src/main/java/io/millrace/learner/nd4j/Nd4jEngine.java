package io.millrace.learner.nd4j;

import io.millrace.learner.nd4j.kernel.Kernels;
import io.millrace.learner.nd4j.tensor.Backend;
import io.millrace.learner.nd4j.tensor.Buffers;
import io.millrace.learner.nd4j.tensor.Nd4jContext;
import io.millrace.learner.nd4j.tensor.Nd4jTensor;
import io.millrace.learner.nd4j.tensor.Nd4jTensors;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Scope;
import io.millrace.learner.tensor.Shapes;
import io.millrace.learner.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Arithmetic by ND4J. Several threads may use one engine at a time as long as no tensor or network
 * is shared while it is written.
 */
final class Nd4jEngine implements Engine {
  static final String NAME = "nd4j";

  private final Backend backend;
  private final EngineInfo info;
  private final Nd4jContext context;
  private final Nd4jTensors tensors;

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
    DataType type = asked.precision() == Precision.FLOAT64 ? DataType.DOUBLE : DataType.FLOAT;
    context = new Nd4jContext(backend, threads, type);
    tensors = new Nd4jTensors(context, this);
    info =
        new EngineInfo(
            NAME,
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
    return tensors.open();
  }

  @Override
  public Tensor tensor(float[] values, long... shape) {
    Shapes.requireCount("tensor", values.length, shape);
    return tensors.made(z -> context.host().write(values, z.data()), shape);
  }

  @Override
  public Tensor tensor(double[] values, long... shape) {
    Shapes.requireCount("tensor", values.length, shape);
    return tensors.made(z -> context.host().write(values, z.data()), shape);
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
    return tensors.zeros(shape);
  }

  @Override
  public Tensor concat(int dim, List<Tensor> parts) {
    var shapes = new ArrayList<long[]>();
    parts.forEach(part -> shapes.add(tensors.own(part).shape()));
    int axis = Shapes.concatAxis("concat", dim, shapes);
    long[] result = shapes.get(0).clone();
    result[axis] = shapes.stream().mapToLong(shape -> shape[axis]).sum();
    return tensors.made(
        z -> {
          long at = 0;
          for (Tensor part : parts) {
            long end = at + tensors.own(part).size(axis);
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
    return new Nd4jNetwork(tensors, spec);
  }

  @Override
  public void synchronize() {
    backend.synchronize();
  }

  @Override
  public void close() {
    context.close();
  }

  /** Memory of this engine's tensors. */
  Buffers buffers() {
    return context.buffers();
  }
}
