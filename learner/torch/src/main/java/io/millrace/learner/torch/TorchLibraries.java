package io.millrace.learner.torch;

import java.util.List;
import org.bytedeco.javacpp.ClassProperties;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads libtorch's own libraries before anything names them.
 *
 * <p>The preset loads {@code libtorch} first and unpacks each library just before it loads it. So
 * at a first start the dynamic linker looks for {@code libtorch_cpu} elsewhere, and where it finds
 * another build of it (a system's libtorch, a Python package on {@code LD_LIBRARY_PATH}) two
 * libtorch in one process end in a crash of native code. A library that is loaded already is never
 * looked for.
 */
final class TorchLibraries {
  /** In the order in which they need each other. */
  private static final List<String> IN_ORDER = List.of("gomp@.1", "c10", "torch_cpu");

  private TorchLibraries() {}

  static void load() {
    if (!Loader.getPlatform().startsWith("linux")) {
      return;
    }
    Loader.load(openblas.class);
    ClassProperties preset = Loader.loadProperties(torch.class, Loader.loadProperties(), true);
    for (String library : IN_ORDER) {
      try {
        Loader.loadLibrary(torch.class, Loader.findLibrary(torch.class, preset, library), library);
      } catch (UnsatisfiedLinkError e) {
        // Loading the preset itself says what is missing, with all places that it looked at.
        return;
      }
    }
  }
}
