package io.millrace.learner.torch;

import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * What CUDA tells about a GPU. A class of its own: the CUDA classes are there only in a CUDA build.
 *
 * @param name model
 * @param major first part of the compute capability
 * @param minor second part
 */
record CudaProperties(String name, int major, int minor) {

  static CudaProperties of(int index) {
    cudaDeviceProp properties = torch_cuda.getDeviceProperties((byte) index);
    try (BytePointer name = properties.name()) {
      return new CudaProperties(name.getString(), properties.major(), properties.minor());
    }
  }

  /** Compute capability, such as {@code 9.0}. */
  String capability() {
    return major + "." + minor;
  }
}
