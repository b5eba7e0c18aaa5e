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
  public Collectives join(Engine engine, GroupAddress address) {
    if (!(engine instanceof TorchEngine torch)) {
      throw new IllegalArgumentException(
          "a group of processes on a "
              + engine.getClass().getName()
              + ": expected libtorch itself");
    }
    TorchContext context = torch.tensors().context();
    boolean onGpu = context.device().isCuda();
    GroupBackend backend = address.backend();
    if (backend == GroupBackend.AUTO) {
      backend = onGpu && NcclGroup.missing() == null ? GroupBackend.NCCL : GroupBackend.GLOO;
    }
    if (backend == GroupBackend.NCCL) {
      String missing = onGpu ? NcclGroup.missing() : "the engine computes on the CPU";
      if (missing != null) {
        throw new IllegalArgumentException(
            "the group's backend is nccl, but " + missing + ": expected auto or gloo");
      }
    }
    return TorchCollectives.join(torch.tensors(), address, backend == GroupBackend.NCCL);
  }
}
