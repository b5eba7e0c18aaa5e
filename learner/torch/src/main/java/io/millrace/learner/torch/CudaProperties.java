package io.millrace.learner.torch;

import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * What CUDA tells about a GPU. A class of its own: the CUDA classes are there only in a CUDA build.
 *
 * @param name model
 * @param capability compute capability, such as {@code 9.0}
 */
record CudaProperties(String name, String capability) {

  static CudaProperties of(int index) {
    cudaDeviceProp properties = torch_cuda.getDeviceProperties((byte) index);
    return new CudaProperties(
        properties.name().getString(), properties.major() + "." + properties.minor());
  }
}
