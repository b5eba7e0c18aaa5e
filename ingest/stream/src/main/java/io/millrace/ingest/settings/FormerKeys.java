package io.millrace.ingest.settings;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Former names of settings and of their constants. A configuration with a former key is refused,
 * and the error names the new one; releases that were written with it still load. A renamed setting
 * adds its former name here.
 */
public final class FormerKeys {
  private static final Map<String, String> KEYS =
      Map.of(
          "optimiser", "optimizer",
          "grey", "gray",
          "greyThreshold", "grayThreshold",
          "colourDrop", "colorDrop",
          "centreMomentum", "centerMomentum",
          "maxNeighbours", "maxNeighbors");
  private static final Map<String, String> CONSTANTS = Map.of("centre", "center");

  private FormerKeys() {}

  /** The new key by each former one. */
  public static Map<String, String> keys() {
    return KEYS;
  }

  /** The new constant by each former one, as they are written. */
  public static Map<String, String> constants() {
    return CONSTANTS;
  }

  /** The new name of a former key; null where the key is none. */
  public static @Nullable String now(String key) {
    return KEYS.get(key);
  }
}
