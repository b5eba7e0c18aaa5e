package io.millrace.learner.torch;

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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
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
  private static final Logger LOG = LoggerFactory.getLogger(TorchEngine.class);

  private final TorchDevice device;
  private final boolean channelsLast;
  private final EngineInfo info;
  private final ScalarType storage;
  private final Device nativeDevice;
  private final TensorOptions options;
  private final MemoryFormatOptional contiguous;
  private final Scopes<TorchTensor> scopes = new Scopes<>(this, TorchTensor.class);

  static TorchEngine open(EngineOptions options) {
    Native.prepare();
    return new TorchEngine(options, TorchDevice.choose(options.device()));
  }

  private TorchEngine(EngineOptions asked, TorchDevice device) {
    this.device = device;
    channelsLast = asked.channelsLast();
    int ownChoice = DefaultThreads.COUNT;
    torch.set_num_threads(asked.threads() > 0 ? asked.threads() : ownChoice);
    storage = asked.precision() == Precision.FLOAT64 ? ScalarType.Double : ScalarType.Float;
    nativeDevice = Native.keep("open", device::toNative);
    options =
        Native.keep(
            "open", () -> new TensorOptions(nativeDevice).dtype(new ScalarTypeOptional(storage)));
    contiguous = Native.keep("open", () -> new MemoryFormatOptional(MemoryFormat.Contiguous));
    info =
        new EngineInfo(
            TorchEngineProvider.NAME,
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
    return made(
        "tensor", () -> fromHost(ScalarType.Float, shape, t -> t.data_ptr_float().put(values)));
  }

  @Override
  public Tensor tensor(double[] values, long... shape) {
    Shapes.requireCount("tensor", values.length, shape);
    return made(
        "tensor", () -> fromHost(ScalarType.Double, shape, t -> t.data_ptr_double().put(values)));
  }

  @Override
  public Tensor tensor(byte[] unsigned, long... shape) {
    Shapes.requireCount("tensor", unsigned.length, shape);
    return made(
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
    return host.to(nativeDevice, type).to(storage);
  }

  @Override
  public Tensor zeros(long... shape) {
    Shapes.requireCount("zeros", Shapes.count(shape), shape);
    return made("zeros", () -> torch.zeros(shape, options));
  }

  @Override
  public Tensor concat(int dim, List<Tensor> parts) {
    var own = new ArrayList<org.bytedeco.pytorch.Tensor>();
    var shapes = new ArrayList<long[]>();
    for (Tensor part : parts) {
      own.add(scopes.own(part).data());
      shapes.add(part.shape());
    }
    int axis = Shapes.concatAxis("concat", dim, shapes);
    return made(
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
    return new TorchNetwork(this, spec);
  }

  @Override
  public void synchronize() {
    if (device.isCuda()) {
      torch.getCUDAHooks().deviceSynchronize((byte) device.index());
    }
  }

  @Override
  public void close() {
    contiguous.releaseReference();
    options.releaseReference();
    nativeDevice.releaseReference();
  }

  // For this package.

  Scopes<TorchTensor> scopes() {
    return scopes;
  }

  TorchDevice device() {
    return device;
  }

  boolean channelsLast() {
    return channelsLast;
  }

  boolean halfPrecision() {
    return info.precision() == Precision.BF16;
  }

  ScalarType storage() {
    return storage;
  }

  TensorOptions options() {
    return options;
  }

  MemoryFormatOptional contiguous() {
    return contiguous;
  }

  org.bytedeco.pytorch.Tensor indices(long[] indices) {
    return torch
        .tensor(indices, new TensorOptions(ScalarType.Long))
        .to(nativeDevice, ScalarType.Long);
  }

  /**
   * Makes the number of threads asked for count on this thread. OpenMP keeps it per thread, and
   * libtorch sets it before its own loops but not before oneDNN's.
   */
  void useThreads() {
    torch.get_num_threads();
  }

  /** A new tensor in the innermost scope of this thread. */
  TorchTensor made(String operation, Supplier<org.bytedeco.pytorch.Tensor> work) {
    return scopes.put(unscoped(operation, work));
  }

  /** A new tensor that no scope closes. */
  TorchTensor unscoped(String operation, Supplier<org.bytedeco.pytorch.Tensor> work) {
    return new TorchTensor(this, Native.keep(operation, work));
  }
}
