package io.millrace.learner.group;

import io.millrace.learner.tensor.Engine;
import java.util.ServiceLoader;

/** Joins groups by what is on the class path. */
public final class Groups {
  private Groups() {}

  /**
   * Joins a group; returns when all its processes are there. A group of one needs no engine's help.
   *
   * @throws BrokenGroupException where a process does not come within the timeout
   * @throws IllegalArgumentException where the engine or the backend can't do it, saying why
   */
  public static Collectives join(Engine engine, GroupAddress address) {
    return address.size() == 1 ? new SoleProcess() : provider(engine).join(engine, address);
  }

  /**
   * What carries the exchange of an engine with other processes, found before anything is started.
   *
   * @return what {@link GroupBackend#AUTO} comes to here, else the backend that is given
   * @throws IllegalArgumentException where the engine or the backend can't, saying why
   */
  public static GroupBackend backend(Engine engine, GroupBackend wanted) {
    return provider(engine).backend(engine, wanted);
  }

  private static CollectivesProvider provider(Engine engine) {
    for (CollectivesProvider provider : ServiceLoader.load(CollectivesProvider.class)) {
      if (provider.engine().equals(engine.info().engine())) {
        return provider;
      }
    }
    throw new IllegalArgumentException(
        "engine "
            + engine.info().engine()
            + " can't exchange tensors with other processes: expected torch, or one process");
  }
}
