package io.millrace.learner.torch;

import io.millrace.learner.tensor.Precision;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Device and types that the tensors and networks of one engine share. */
final class TorchContext implements AutoCloseable {
  private final TorchDevice device;
  private final Precision precision;
  private final boolean channelsLast;
  private final ScalarType storage;
  private final Device nativeDevice;
  private final TensorOptions options;
  private final MemoryFormatOptional contiguous;

  TorchContext(TorchDevice device, Precision precision, boolean channelsLast) {
    this.device = device;
    this.precision = precision;
    this.channelsLast = channelsLast;
    storage = precision == Precision.FLOAT64 ? ScalarType.Double : ScalarType.Float;
    nativeDevice = Native.keep("open", device::toNative);
    options =
        Native.keep(
            "open", () -> new TensorOptions(nativeDevice).dtype(new ScalarTypeOptional(storage)));
    contiguous = Native.keep("open", () -> new MemoryFormatOptional(MemoryFormat.Contiguous));
  }

  TorchDevice device() {
    return device;
  }

  boolean channelsLast() {
    return channelsLast;
  }

  boolean halfPrecision() {
    return precision == Precision.BF16;
  }

  /** Type that elements are stored in. */
  ScalarType storage() {
    return storage;
  }

  /** Of new tensors. */
  TensorOptions options() {
    return options;
  }

  MemoryFormatOptional contiguous() {
    return contiguous;
  }

  /** A tensor of the host on the device, in the storage type. */
  Tensor fromHost(Tensor host, ScalarType type) {
    return host.to(nativeDevice, type).to(storage);
  }

  Tensor indices(long[] indices) {
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

  @Override
  public void close() {
    contiguous.releaseReference();
    options.releaseReference();
    nativeDevice.releaseReference();
  }
}
