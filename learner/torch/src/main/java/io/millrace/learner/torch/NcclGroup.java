package io.millrace.learner.torch;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.global.torch_nccl;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;
import org.jspecify.annotations.Nullable;

/** Process groups of GPUs. A class of its own: NCCL is there only in a CUDA build, on Linux. */
final class NcclGroup {
  private NcclGroup() {}

  /** Why NCCL can't be used here; null where it can. */
  static @Nullable String missing() {
    try {
      Loader.load(torch_nccl.class);
      return null;
    } catch (LinkageError e) {
      return "NCCL does not load (it wants a CUDA build, -Pcuda, and libnccl.so.2): "
          + String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
    }
  }

  static Backend open(Store store, int rank, int size, Milliseconds timeout) {
    var group = new ProcessGroupNCCL(store, rank, size);
    group.setTimeout(timeout);
    return group;
  }
}
