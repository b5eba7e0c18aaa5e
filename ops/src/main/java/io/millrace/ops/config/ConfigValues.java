package io.millrace.ops.config;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Single values of a configuration by their keys. */
public final class ConfigValues {
  private ConfigValues() {}

  /**
   * A key's value as a configuration file writes it.
   *
   * @param key names with dots between, such as {@code learner.batchSize}
   * @throws ConfigException when there is no such key, or more keys are below it, naming those
   */
  public static String get(MillraceConfig config, String key) {
    Object at = config;
    var passed = new StringBuilder();
    for (String name : key.split("\\.")) {
      if (!names(at).contains(name)) {
        throw new ConfigException(
            key
                + " is no key: "
                + (names(at).isEmpty()
                    ? "nothing is below " + passed
                    : "expected "
                        + (passed.isEmpty() ? "" : "below " + passed + " ")
                        + "one of "
                        + String.join(", ", names(at))));
      }
      passed.append(passed.isEmpty() ? "" : ".").append(name);
      at = child(at, name);
    }
    if (at instanceof Record) {
      throw new ConfigException(
          key + " holds more keys: expected one of " + String.join(", ", names(at)) + " below it");
    }
    return text(at);
  }

  private static List<String> names(@Nullable Object at) {
    if (at instanceof Record settings) {
      return Arrays.stream(settings.getClass().getRecordComponents())
          .map(RecordComponent::getName)
          .toList();
    }
    return at instanceof Map<?, ?> map
        ? map.keySet().stream().map(String::valueOf).sorted().toList()
        : List.of();
  }

  private static @Nullable Object child(@Nullable Object at, String name) {
    if (at instanceof Record settings) {
      for (RecordComponent component : settings.getClass().getRecordComponents()) {
        if (component.getName().equals(name)) {
          return RecordValues.get(component, settings);
        }
      }
    }
    return at instanceof Map<?, ?> map ? map.get(name) : null;
  }

  /** A value as a configuration file writes it. */
  static String text(@Nullable Object value) {
    if (value instanceof Duration duration) {
      return Durations.format(duration);
    }
    return value instanceof Enum<?> constant
        ? ConfigReader.spelled(constant)
        : String.valueOf(value);
  }
}
