package io.millrace.ops.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Arms of a trial: settings by name, in the order of their file.
 *
 * <pre>
 * all: [KEY=VALUE, …]         # laid under every arm
 * arms:
 *   NAME: [KEY=VALUE, …]
 * </pre>
 *
 * @param all also what decodes, holds out and probes images, which is the same for every arm
 * @param arms settings of each, those of all first
 */
public record TrialArms(List<String> all, Map<String, List<String>> arms) {
  /**
   * Reads a file.
   *
   * @throws ConfigException naming the file and what is wrong with it
   */
  public static TrialArms read(Path file) {
    JsonNode tree = ConfigReader.tree(file);
    List<String> known = List.of("all", "arms");
    for (var entry : tree.properties()) {
      if (!known.contains(entry.getKey())) {
        throw new ConfigException(file + ": '" + entry.getKey() + "': expected one of " + known);
      }
    }
    List<String> all = tree.has("all") ? settings(file, "all", tree.get("all")) : List.of();
    var arms = new LinkedHashMap<String, List<String>>();
    for (var arm : tree.path("arms").properties()) {
      var own = new ArrayList<>(all);
      own.addAll(settings(file, "arms." + arm.getKey(), arm.getValue()));
      arms.put(arm.getKey(), List.copyOf(own));
    }
    if (arms.isEmpty()) {
      throw new ConfigException(file + " has no arms: expected 'arms:' with one or more");
    }
    return new TrialArms(all, arms);
  }

  private static List<String> settings(Path file, String where, JsonNode list) {
    if (!list.isArray()) {
      throw new ConfigException(file + ": " + where + ": expected a list of KEY=VALUE");
    }
    var out = new ArrayList<String>();
    for (JsonNode setting : list) {
      if (!setting.isTextual() || !setting.asText().contains("=")) {
        throw new ConfigException(
            file + ": " + where + " has '" + setting.asText() + "': expected KEY=VALUE");
      }
      out.add(setting.asText());
    }
    return out;
  }
}
