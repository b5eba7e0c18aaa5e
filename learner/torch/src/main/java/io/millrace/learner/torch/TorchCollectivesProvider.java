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
  public void require(Engine engine, GroupBackend backend) {
    onDevice(torch(engine), backend);
  }

  @Override
  public Collectives join(Engine engine, GroupAddress address) {
    TorchEngine torch = torch(engine);
    return TorchCollectives.join(torch.tensors(), address, onDevice(torch, address.backend()));
  }

  private static TorchEngine torch(Engine engine) {
    if (engine instanceof TorchEngine torch) {
      return torch;
    }
    throw new IllegalArgumentException(
        "a group of processes on a " + engine.getClass().getName() + ": expected libtorch itself");
  }

  /** Whether tensors go by NCCL. */
  private static boolean onDevice(TorchEngine engine, GroupBackend backend) {
    boolean onGpu = engine.tensors().context().device().isCuda();
    if (backend == GroupBackend.AUTO) {
      return onGpu && NcclGroup.missing() == null;
    }
    if (backend == GroupBackend.NCCL) {
      String missing = onGpu ? NcclGroup.missing() : "the engine computes on the CPU";
      if (missing != null) {
        throw new IllegalArgumentException(
            "the group's backend is nccl, but " + missing + ": expected auto or gloo");
      }
    }
    return backend == GroupBackend.NCCL;
  }
}
