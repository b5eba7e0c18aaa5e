package io.millrace.learner.checkpoint;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names that files of an earlier Millrace hold, and what they are called now. The table is of
 * words: a dotted name such as {@code mix.optimizer.kind} is compared word by word. A renamed
 * tensor, counter or fixed setting adds its old word here, so that files still load.
 */
public final class FormerNames {
  private static final Map<String, String> NOW =
      Map.of(
          // fixed settings: optimizer.kind, mix.optimizer.kind, adversary.optimizer.kind
          "optimiser", "optimizer",
          // DINO's tensor
          "centre", "center",
          // colorization's tensor and counter
          "colours", "colors");

  private FormerNames() {}

  /** The name as it is today, whether it is an old one or not. */
  static String current(String name) {
    var out = new StringBuilder();
    for (String word : name.split("\\.", -1)) {
      out.append(out.isEmpty() ? "" : ".").append(NOW.getOrDefault(word, word));
    }
    return out.toString();
  }

  /**
   * Stored values under the names that are wanted: one that was stored under a former name of a
   * wanted one takes the wanted name; the others keep theirs.
   */
  public static <V> Map<String, V> under(Collection<String> wanted, Map<String, V> stored) {
    var byCurrent = new HashMap<String, String>();
    wanted.forEach(name -> byCurrent.put(current(name), name));
    var out = new LinkedHashMap<String, V>();
    stored.forEach((name, value) -> out.put(byCurrent.getOrDefault(current(name), name), value));
    return out;
  }

  /** The value stored under a name or under a former one; null where there is none. */
  public static <V> @Nullable V find(String wanted, Map<String, V> stored) {
    V value = stored.get(wanted);
    return value != null ? value : under(java.util.List.of(wanted), stored).get(wanted);
  }
}
