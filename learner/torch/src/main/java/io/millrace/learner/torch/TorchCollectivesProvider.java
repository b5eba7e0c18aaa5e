package io.millrace.learner.torch;

import io.millrace.learner.group.Collectives;
import io.millrace.learner.group.CollectivesProvider;
import io.millrace.learner.group.GroupAddress;
import io.millrace.learner.group.GroupBackend;
import io.millrace.learner.tensor.Engine;

/** Offers libtorch's process groups to its engine. */
public final class TorchCollectivesProvider implements CollectivesProvider {
  @Override
  public String engine() {
    return TorchEngine.NAME;
  }

  @Override
  public GroupBackend backend(Engine engine, GroupBackend wanted) {
    boolean onGpu = torch(engine).tensors().context().device().isCuda();
    if (wanted == GroupBackend.AUTO) {
      return onGpu && NcclGroup.missing() == null ? GroupBackend.NCCL : GroupBackend.GLOO;
    }
    if (wanted == GroupBackend.NCCL) {
      String missing = onGpu ? NcclGroup.missing() : "the engine computes on the CPU";
      if (missing != null) {
        throw new IllegalArgumentException(
            "the group's backend is nccl, but " + missing + ": expected auto or gloo");
      }
    }
    return wanted;
  }

  @Override
  public Collectives join(Engine engine, GroupAddress address) {
    boolean onDevice = backend(engine, address.backend()) == GroupBackend.NCCL;
    return TorchCollectives.join(torch(engine).tensors(), address, onDevice);
  }

  private static TorchEngine torch(Engine engine) {
    if (engine instanceof TorchEngine torch) {
      return torch;
    }
    throw new IllegalArgumentException(
        "a group of processes on a " + engine.getClass().getName() + ": expected libtorch itself");
  }
}
