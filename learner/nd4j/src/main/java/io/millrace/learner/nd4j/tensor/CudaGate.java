package io.millrace.learner.nd4j.tensor;

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
  private static final String INSTEAD =
      "Use engine torch, which runs on the CPU and, built with -Pcuda, on newer GPUs; or build"
          + " without -Pnd4j-cuda to run ND4J on the CPU";

  private CudaGate() {}

  static boolean isCudaBuild() {
    return CudaGate.class.getClassLoader().getResource(BACKEND.replace('.', '/').concat(".class"))
        != null;
  }

  /**
   * Requires the first GPU, and every GPU to be one that the binary has code for.
   *
   * @param device as configured
   * @param capabilities of the GPUs there are, such as 8.6
   * @throws IllegalStateException saying what is there, and the engine to use instead
   */
  static void require(String device, List<String> capabilities) {
    if (device.equals("cpu")) {
      throw new IllegalStateException(
          "engine.device is 'cpu': this build of ND4J (-Pnd4j-cuda) runs on a GPU alone. "
              + INSTEAD);
    }
    if (!device.equals("auto") && !device.equals("cuda:0")) {
      throw new IllegalStateException(
          "engine.device is '"
              + device
              + "': engine nd4j runs on cuda:0 alone. Choose the GPU that it sees by setting"
              + " CUDA_VISIBLE_DEVICES, or use engine torch");
    }
    if (capabilities.isEmpty()) {
      throw new IllegalStateException(
          "engine.device is '"
              + device
              + "': nvidia-smi tells of no GPU with its compute capability. Check the driver. "
              + INSTEAD);
    }
    for (String capability : capabilities) {
      if (!isKnown(capability)) {
        throw new IllegalStateException(
            "the GPU has compute capability "
                + capability
                + ": nd4j-cuda-11.6 holds code for "
                + OLDEST
                + " to "
                + NEWEST
                + " alone. "
                + INSTEAD);
      }
    }
  }

  private static boolean isKnown(String capability) {
    try {
      double value = Double.parseDouble(capability);
      return value >= OLDEST && value <= NEWEST;
    } catch (NumberFormatException e) {
      return false; // such as [N/A]
    }
  }

  /** Of every GPU that the driver's tool tells of; none where it does not answer. */
  static List<String> capabilities() {
    try {
      Process asked =
          new ProcessBuilder("nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      // Waits first: a driver that hangs must not hang us, and an answer fits into the pipe.
      if (!asked.waitFor(30, TimeUnit.SECONDS) || asked.exitValue() != 0) {
        asked.destroyForcibly();
        return List.of();
      }
      String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return answer.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
