package io.millrace.learner.tensor;

import java.util.ServiceLoader;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The engines on the class path. */
public final class Engines {
  private Engines() {}

  /**
   * Opens the engine {@code name}.
   *
   * @throws IllegalArgumentException naming the engines that are there when this one is not
   */
  public static Engine open(String name, EngineOptions options) {
    SortedMap<String, EngineProvider> found = found();
    EngineProvider provider = found.get(name);
    if (provider == null) {
      throw new IllegalArgumentException(
          "engine is '" + name + "': expected one of " + found.keySet());
    }
    return provider.open(options);
  }

  /** Names that {@link #open} knows. */
  public static Set<String> names() {
    return Set.copyOf(found().keySet());
  }

  private static SortedMap<String, EngineProvider> found() {
    var found = new TreeMap<String, EngineProvider>();
    for (EngineProvider provider : ServiceLoader.load(EngineProvider.class)) {
      found.put(provider.name(), provider);
    }
    return found;
  }
}
