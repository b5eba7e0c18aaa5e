package io.millrace.learner.nd4j;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Keeps ND4J's CUDA binary off GPUs it has no code for. It holds machine code for compute
 * capability 3.7 to 8.6 and nothing that a driver could translate, so a newer GPU fails inside the
 * first kernel. The driver's own tool is asked, before any native code is loaded.
 */
final class CudaGate {
  private static final String BACKEND = "org.nd4j.linalg.jcublas.JCublasBackend";
  private static final double OLDEST = 3.7;
  private static final double NEWEST = 8.6;

  private CudaGate() {}

  static boolean isCudaBuild() {
    return CudaGate.class.getClassLoader().getResource(BACKEND.replace('.', '/').concat(".class"))
        != null;
  }

  /**
   * Requires every visible GPU to be one that the binary has code for.
   *
   * @throws IllegalStateException naming the GPU's capability and the engine to use instead
   */
  static void requireKnownGpu() {
    require(capabilities());
  }

  static void require(List<String> capabilities) {
    if (capabilities.isEmpty()) {
      throw new IllegalStateException(
          "no CUDA device answers nvidia-smi. Check the driver, build without -Pnd4j-cuda to run"
              + " ND4J on the CPU, or use engine torch");
    }
    for (String capability : capabilities) {
      double value = Double.parseDouble(capability);
      if (value < OLDEST || value > NEWEST) {
        throw new IllegalStateException(
            "the GPU has compute capability "
                + capability
                + ": nd4j-cuda-11.6 holds code for "
                + OLDEST
                + " to "
                + NEWEST
                + " alone. Use engine torch, whose build (-Pcuda) has code for newer GPUs, or"
                + " build without -Pnd4j-cuda to run ND4J on the CPU");
      }
    }
  }

  static String capability() {
    return String.join(",", capabilities());
  }

  private static List<String> capabilities() {
    try {
      Process asked =
          new ProcessBuilder("nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!asked.waitFor(30, TimeUnit.SECONDS) || asked.exitValue() != 0) {
        asked.destroy();
        return List.of();
      }
      return answer.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
