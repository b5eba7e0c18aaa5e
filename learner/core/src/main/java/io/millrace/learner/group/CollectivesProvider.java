package io.millrace.learner.group;

import io.millrace.learner.tensor.Engine;

/** How an engine's collectives are found; listed for {@link java.util.ServiceLoader}. */
public interface CollectivesProvider {
  /** Name of the engine whose tensors they exchange, such as {@code torch}. */
  String engine();

  /**
   * What carries an engine's exchange, found before anything is started.
   *
   * @return what {@link GroupBackend#AUTO} comes to, else the backend that is given
   * @throws IllegalArgumentException where the backend is not there, saying why
   */
  GroupBackend backend(Engine engine, GroupBackend wanted);

  /**
   * Meets the other processes; returns when all of them are there.
   *
   * @throws BrokenGroupException where one of them does not come in time
   * @throws IllegalArgumentException where the backend is not there, saying why
   */
  Collectives join(Engine engine, GroupAddress address);
}
