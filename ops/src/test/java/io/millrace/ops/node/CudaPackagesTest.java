package io.millrace.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaPackagesTest {
  @Test
  void namesWhatBringsALibraryThatIsMissingBelowOtherFailures() {
    var linker =
        new UnsatisfiedLinkError(
            "/cache/libtorch_cuda.so: libcudnn.so.9: cannot open shared object file:"
                + " No such file or directory");
    var failure = new NoClassDefFoundError("Could not initialize class torch");
    failure.initCause(new ExceptionInInitializerError(linker));
    assertThat(CudaPackages.advice(failure))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .contains("libcudnn.so.9 is missing", "libcudnn9-cuda-13", "nvidia-cudnn-cu13")
                    .contains("LD_LIBRARY_PATH"));
    assertThat(CudaPackages.advice(missing("libcuda.so.1")))
        .hasValue("libcuda.so.1 is missing: NVIDIA's driver brings it");
    assertThat(CudaPackages.advice(missing("libgomp.so.1"))).hasValue("libgomp.so.1 is missing");
  }

  @Test
  void saysNothingOfOtherFailures(@TempDir Path folder) throws Exception {
    Path broken = Files.writeString(folder.resolve("libx.so"), "no library");
    try {
      System.load(broken.toString());
      throw new AssertionError("a text file was loaded as a library");
    } catch (UnsatisfiedLinkError e) {
      assertThat(CudaPackages.advice(e)).isEmpty();
    }
  }

  private static UnsatisfiedLinkError missing(String library) {
    return new UnsatisfiedLinkError(library + ": cannot open shared object file");
  }
}
