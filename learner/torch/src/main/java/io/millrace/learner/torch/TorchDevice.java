package io.millrace.learner.torch;

import io.millrace.learner.tensor.Cpu;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;

/**
 * Where an engine runs.
 *
 * @param type kind of device
 * @param index GPU number; -1 for the CPU
 */
record TorchDevice(DeviceType type, int index) {
  static {
    TorchLibraries.load();
  }

  static final TorchDevice CPU = new TorchDevice(DeviceType.CPU, -1);

  /**
   * The device asked for; {@code auto} takes the first GPU and the CPU where there is none.
   *
   * @throws IllegalStateException with a message for the user when it is not there
   */
  static TorchDevice choose(String asked) {
    if (asked.equals("cpu")) {
      return CPU;
    }
    int gpus = torch.cuda_is_available() ? torch.cuda_device_count() : 0;
    if (asked.equals("auto")) {
      return gpus > 0 ? new TorchDevice(DeviceType.CUDA, 0) : CPU;
    }
    int index = Integer.parseInt(asked.substring(asked.indexOf(':') + 1));
    if (index >= gpus) {
      throw new IllegalStateException("engine.device is '" + asked + "': " + found(gpus));
    }
    return new TorchDevice(DeviceType.CUDA, index);
  }

  private static String found(int gpus) {
    if (gpus > 0) {
      return "found " + gpus + " CUDA device(s), cuda:0 to cuda:" + (gpus - 1);
    }
    if (!torch.hasCUDA()) {
      return "this build of libtorch runs on the CPU alone. Build with -Pcuda, or use"
          + " engine.device=cpu";
    }
    return "libtorch was built with CUDA, but no CUDA device answers. Check nvidia-smi and the"
        + " driver's version, or use engine.device=cpu";
  }

  boolean isCuda() {
    return type == DeviceType.CUDA;
  }

  /** As the configuration names it. */
  String label() {
    return isCuda() ? "cuda:" + index : "cpu";
  }

  Device toNative() {
    return new Device(type, (byte) index);
  }

  /** Processor or GPU model. */
  String model() {
    return isCuda() ? CudaProperties.of(index).name() : Cpu.here().model();
  }

  /** Compute capability of a GPU, widest instruction set of a CPU. */
  String capability() {
    return isCuda() ? CudaProperties.of(index).capability() : cpuCapability();
  }

  /** Whether half precision is faster than single here, as far as the system tells. */
  boolean computesInBfloat16() {
    return isCuda()
        ? CudaProperties.of(index).major() >= 8
        : Cpu.here().flags().stream().anyMatch(flag -> flag.endsWith("bf16"));
  }

  /** The kernels' instruction set, and what the processor has for half precision. */
  private static String cpuCapability() {
    var text = new StringBuilder();
    try (BytePointer kernels = torch.get_cpu_capability()) {
      text.append(kernels.getString());
    }
    Set<String> flags = Cpu.here().flags();
    for (String flag : List.of("avx512_bf16", "amx_bf16")) {
      if (flags.contains(flag)) {
        text.append('+').append(flag.toUpperCase(Locale.ROOT));
      }
    }
    return text.toString();
  }
}
