package io.millrace.ops.node;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which package brings a library of CUDA that the dynamic linker misses: names of NVIDIA's packages
 * for Debian and Ubuntu (CUDA 13), and of its wheels for Python.
 */
final class CudaPackages {
  /** As glibc's linker words it, in Java's errors as well. */
  private static final Pattern MISSING =
      Pattern.compile("(lib[\\w+-]+)(\\.so[.\\d]*): cannot open shared object file");

  private record Package(String system, String wheel) {}

  private static final Map<String, Package> PACKAGES =
      Map.ofEntries(
          Map.entry("libcuda", new Package("NVIDIA's driver", "")),
          Map.entry("libnvidia-ml", new Package("NVIDIA's driver", "")),
          Map.entry("libcudart", new Package("cuda-cudart-13-1", "nvidia-cuda-runtime")),
          Map.entry("libcublas", new Package("libcublas-13-1", "nvidia-cublas")),
          Map.entry("libcublasLt", new Package("libcublas-13-1", "nvidia-cublas")),
          Map.entry("libcufft", new Package("libcufft-13-1", "nvidia-cufft")),
          Map.entry("libcupti", new Package("cuda-cupti-13-1", "nvidia-cuda-cupti")),
          Map.entry("libcurand", new Package("libcurand-13-1", "nvidia-curand")),
          Map.entry("libcusolver", new Package("libcusolver-13-1", "nvidia-cusolver")),
          Map.entry("libcusparse", new Package("libcusparse-13-1", "nvidia-cusparse")),
          Map.entry("libcusparseLt", new Package("libcusparselt0", "nvidia-cusparselt-cu13")),
          Map.entry("libcudnn", new Package("libcudnn9-cuda-13", "nvidia-cudnn-cu13")),
          Map.entry("libnccl", new Package("libnccl2", "nvidia-nccl-cu13")),
          Map.entry("libnvrtc", new Package("cuda-nvrtc-13-1", "nvidia-cuda-nvrtc")),
          Map.entry("libnvJitLink", new Package("libnvjitlink-13-1", "nvidia-nvjitlink")),
          Map.entry("libnvToolsExt", new Package("cuda-nvtx-13-1", "nvidia-nvtx")));

  private CudaPackages() {}

  /** What is missing and what brings it; empty where the failure is another one. */
  static Optional<String> advice(Throwable failure) {
    Throwable at = failure;
    // Causes may be a circle; none is this deep.
    for (int depth = 0; at != null && depth < 20; depth++) {
      Matcher found = MISSING.matcher(String.valueOf(at.getMessage()));
      if (found.find()) {
        return Optional.of(advice(found.group(1), found.group(1) + found.group(2)));
      }
      at = at.getCause();
    }
    return Optional.empty();
  }

  private static String advice(String name, String file) {
    Package brings = PACKAGES.get(name);
    if (brings == null) {
      return file + " is missing";
    }
    return file
        + " is missing: "
        + (brings.wheel().isEmpty()
            ? brings.system() + " brings it"
            : "package "
                + brings.system()
                + " brings it, or Python's "
                + brings.wheel()
                + ", its nvidia/*/lib on LD_LIBRARY_PATH");
  }
}
