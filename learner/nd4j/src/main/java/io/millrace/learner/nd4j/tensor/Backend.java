package io.millrace.learner.nd4j.tensor;

import io.millrace.learner.tensor.Cpu;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** The ND4J backend of this process: one on the class path, loaded once. */
public final class Backend {
  private static final String CPU = "cpu";

  private final boolean cuda;
  private final ThreadLocal<Integer> threadsHere = ThreadLocal.withInitial(() -> 0);

  private Backend(boolean cuda) {
    this.cuda = cuda;
  }

  /**
   * The backend for the device asked for.
   *
   * @throws IllegalStateException with a message for the user when the device is not there, or is a
   *     GPU that ND4J's binary has no code for
   */
  public static Backend load(String device) {
    boolean cuda = CudaGate.isCudaBuild();
    if (cuda) {
      CudaGate.require(device, Gpus.CAPABILITIES);
    } else if (device.startsWith("cuda")) {
      throw new IllegalStateException(
          "engine.device is '"
              + device
              + "': this build of ND4J runs on the CPU alone. Build with -Pnd4j-cuda, or use"
              + " engine.device=cpu");
    }
    prepare();
    return new Backend(cuda);
  }

  /** Asked for once: another program answers. */
  private static final class Gpus {
    static final List<String> CAPABILITIES = CudaGate.capabilities();

    static String describe() {
      return String.join(",", CAPABILITIES);
    }
  }

  private static void prepare() {
    // Arrays live outside the heap by design, so JavaCPP's limit, twice the heap, means nothing.
    unlessSet("org.bytedeco.javacpp.maxphysicalbytes", "0");
    unlessSet("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    unlessSet("org.nd4j.log.initialization", "false");
    // A dump for want of memory needs a library that is not packaged.
    unlessSet("org.deeplearning4j.crash.reporting.enabled", "false");
    try {
      Nd4j.getExecutioner();
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      throw new IllegalStateException(
          "ND4J's native library does not load ("
              + e
              + "): it has builds for linux-x86_64, windows-x86_64, macosx-x86_64 and"
              + " macosx-arm64; engine torch may run here",
          e);
    }
  }

  private static void unlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  public boolean onHost() {
    return !cuda;
  }

  public String version() {
    var words = new Properties();
    String file = "/META-INF/maven/org.nd4j/nd4j-api/pom.properties";
    try (InputStream in = Nd4j.class.getResourceAsStream(file)) {
      if (in != null) {
        words.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("ND4J does not tell its version", e);
    }
    return words.getProperty("version", "unknown");
  }

  public String device() {
    return cuda ? "cuda:0" : CPU;
  }

  public String deviceName() {
    return cuda ? "CUDA " + Gpus.describe() : Cpu.here().model();
  }

  public String capability() {
    return cuda ? Gpus.describe() : instructions();
  }

  /** The number of threads that will run: what was asked for, or ND4J's own choice for 0. */
  public int chooseThreads(int asked) {
    return asked > 0 ? asked : DefaultThreads.COUNT;
  }

  private static final class DefaultThreads {
    static final int COUNT = NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads();
  }

  public void useThreads(int threads) {
    if (!cuda && threadsHere.get() != threads) {
      NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
      threadsHere.set(threads);
    }
  }

  public void synchronize() {
    Nd4j.getExecutioner().commit();
  }

  /** The widest instructions of this CPU, by which oneDNN picks its kernels. */
  private static String instructions() {
    Set<String> flags = Cpu.here().flags();
    return Stream.of("avx512f", "avx2", "sse4_1")
        .filter(flags::contains)
        .findFirst()
        .map(set -> "oneDNN, " + set)
        .orElse("oneDNN");
  }
}
