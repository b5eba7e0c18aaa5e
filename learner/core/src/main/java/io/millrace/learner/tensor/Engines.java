package io.millrace.learner.tensor;

import java.util.ServiceLoader;
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
    var found = new TreeMap<String, EngineProvider>();
    for (EngineProvider provider : ServiceLoader.load(EngineProvider.class)) {
      found.put(provider.name(), provider);
    }
    EngineProvider provider = found.get(name);
    if (provider == null) {
      throw new IllegalArgumentException(
          "engine is '" + name + "': expected one of " + found.keySet());
    }
    return provider.open(options);
  }
}
