package io.millrace.learner.torch;

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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Arithmetic by libtorch. Several threads may use one engine at a time as long as no tensor or
 * network is shared while it is written. Threads inside an operation are counted per process: the
 * engine opened last decides.
 */
final class TorchEngine implements Engine {
  static final String NAME = "torch";

  private static final Logger LOG = LoggerFactory.getLogger(TorchEngine.class);

  private final EngineInfo info;
  private final TorchContext context;
  private final TorchTensors tensors;

  static TorchEngine open(EngineOptions options) {
    Native.prepare();
    return new TorchEngine(options, TorchDevice.choose(options.device()));
  }

  private TorchEngine(EngineOptions asked, TorchDevice device) {
    int ownChoice = DefaultThreads.COUNT;
    torch.set_num_threads(asked.threads() > 0 ? asked.threads() : ownChoice);
    context = new TorchContext(device, asked.precision(), asked.channelsLast());
    tensors = new TorchTensors(context, this);
    info =
        new EngineInfo(
            NAME,
            version(),
            device.label(),
            device.model(),
            asked.precision(),
            torch.get_num_threads(),
            device.capability());
    if (asked.precision() == Precision.BF16 && !device.computesInBfloat16()) {
      LOG.warn(
          "engine.precision is bf16, but {} has no instructions for it: float32 is faster here",
          info.deviceName());
    }
  }

  /** What libtorch chooses, read before any engine asks for something else. */
  private static final class DefaultThreads {
    static final int COUNT = torch.get_num_threads();
  }

  private static String version() {
    try {
      return Loader.getVersion("org.bytedeco", "pytorch");
    } catch (IOException e) {
      throw new UncheckedIOException("the libtorch preset does not tell its version", e);
    }
  }

  /** Makes its tensors. */
  TorchTensors tensors() {
    return tensors;
  }

  @Override
  public EngineInfo info() {
    return info;
  }

  @Override
  public boolean computesInBfloat16() {
    return context.device().computesInBfloat16();
  }

  @Override
  public Scope scope() {
    return tensors.open();
  }

  @Override
  public Tensor tensor(float[] values, long... shape) {
    Shapes.requireCount("tensor", values.length, shape);
    return tensors.made(
        "tensor", () -> fromHost(ScalarType.Float, shape, t -> t.data_ptr_float().put(values)));
  }

  @Override
  public Tensor tensor(double[] values, long... shape) {
    Shapes.requireCount("tensor", values.length, shape);
    return tensors.made(
        "tensor", () -> fromHost(ScalarType.Double, shape, t -> t.data_ptr_double().put(values)));
  }

  @Override
  public Tensor tensor(byte[] unsigned, long... shape) {
    Shapes.requireCount("tensor", unsigned.length, shape);
    return tensors.made(
        "tensor",
        () ->
            fromHost(
                ScalarType.Byte, shape, t -> new BytePointer(t.data_ptr_byte()).put(unsigned)));
  }

  private interface Fill {
    void into(org.bytedeco.pytorch.Tensor host);
  }

  private org.bytedeco.pytorch.Tensor fromHost(ScalarType type, long[] shape, Fill fill) {
    var host =
        torch.empty(
            shape, new TensorOptions(type), new MemoryFormatOptional(MemoryFormat.Contiguous));
    if (host.numel() > 0) {
      fill.into(host);
    }
    return context.fromHost(host, type);
  }

  @Override
  public Tensor zeros(long... shape) {
    Shapes.requireCount("zeros", Shapes.count(shape), shape);
    return tensors.made("zeros", () -> torch.zeros(shape, context.options()));
  }

  @Override
  public Tensor concat(int dim, List<Tensor> parts) {
    var own = new ArrayList<org.bytedeco.pytorch.Tensor>();
    var shapes = new ArrayList<long[]>();
    for (Tensor part : parts) {
      own.add(tensors.data(part));
      shapes.add(part.shape());
    }
    int axis = Shapes.concatAxis("concat", dim, shapes);
    return tensors.made(
        "concat",
        () -> torch.cat(new TensorVector(own.toArray(org.bytedeco.pytorch.Tensor[]::new)), axis));
  }

  /** Every layer of the port, with any settings. */
  @Override
  public boolean supports(Layer layer) {
    return true;
  }

  @Override
  public Network network(NetworkSpec spec) {
    return new TorchNetwork(tensors, spec);
  }

  @Override
  public void synchronize() {
    if (context.device().isCuda()) {
      torch.getCUDAHooks().deviceSynchronize((byte) context.device().index());
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
