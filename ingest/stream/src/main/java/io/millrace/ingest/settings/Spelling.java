package io.millrace.ingest.settings;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How constants are written in configurations, checkpoints and manifests. */
public final class Spelling {
  private Spelling() {}

  /** {@code AS_IS} is {@code as-is}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All of a kind, in their order. */
  public static List<String> all(Class<? extends Enum<?>> type) {
    return Arrays.stream(type.getEnumConstants()).map(Spelling::of).toList();
  }

  /**
   * The constant that is written so.
   *
   * @param key names the setting in the error
   * @throws IllegalArgumentException naming key, text and all that it could be
   */
  public static <E extends Enum<E>> E parse(Class<E> type, String key, String text) {
    for (E constant : type.getEnumConstants()) {
      if (of(constant).equals(text)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(key + " is '" + text + "': expected one of " + all(type));
  }
}
