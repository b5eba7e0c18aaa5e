package io.millrace.learner.checkpoint;

import java.util.Map;
import java.util.TreeMap;

/**
 * The settings a checkpoint was made with.
 *
 * @param fields what must be the same for a checkpoint to be gone on from: the model's name, the
 *     method, seed, networks, preprocessing, the engine's element type
 * @param settings the method's settings as text; those that are not among the fields may change
 */
public record Fingerprint(Map<String, String> fields, String settings) {
  public Fingerprint {
    fields = Map.copyOf(fields);
  }

  /** With nothing that may change. */
  public Fingerprint(Map<String, String> fields) {
    this(fields, "");
  }

  /**
   * Refuses a checkpoint of other settings.
   *
   * @throws IllegalStateException naming the first field that differs and both values
   */
  public void requireSame(Fingerprint saved, CheckpointName name) {
    Map<String, String> before = FormerNames.under(fields.keySet(), saved.fields);
    var all = new TreeMap<>(before);
    all.putAll(fields);
    for (String key : all.keySet()) {
      String now = fields.get(key);
      String then = before.get(key);
      if (now == null || !now.equals(then)) {
        throw new IllegalStateException(
            name
                + " was saved with "
                + key
                + " "
                + then
                + ", the settings now say "
                + now
                + ": set it back, or start a new model in another directory");
      }
    }
  }
}
