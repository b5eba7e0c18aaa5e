package io.millrace.ops.config;

import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A configuration as a flat list, for systems that keep parameters of a run. */
public final class ConfigParameters {
  private ConfigParameters() {}

  /**
   * Values by key, such as {@code learner.batchSize}, as a configuration file writes them: settings
   * of the method that learns, not of the others; none that may be a secret, and none of Kafka's
   * clients.
   */
  public static Map<String, String> of(MillraceConfig config) {
    var out = new TreeMap<String, String>();
    for (RecordComponent component : MillraceConfig.class.getRecordComponents()) {
      if (!component.getName().equals("methods")) {
        add(out, component.getName(), RecordValues.get(component, config));
      }
    }
    add(out, "methods." + config.method(), config.methods().get(config.method()));
    String mixed = config.model().mix().method();
    if (!mixed.isEmpty()) {
      add(out, "methods." + mixed, Objects.requireNonNull(config.methods().get(mixed)));
    }
    return out;
  }

  private static void add(Map<String, String> out, String path, @Nullable Object value) {
    if (value instanceof Record section) {
      for (RecordComponent component : section.getClass().getRecordComponents()) {
        add(out, path + "." + component.getName(), RecordValues.get(component, section));
      }
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, inner) -> add(out, path + "." + key, inner));
    } else {
      String text = ConfigValues.text(value);
      if (!text.isEmpty() && Secrets.mayShow(path, text)) {
        out.put(path, Secrets.withoutUser(text));
      }
    }
  }
}
