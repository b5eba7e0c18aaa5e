package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One benchmark's outcome: rows of named metrics and what they were measured on.
 *
 * @param name file name of the JSON, without its ending
 * @param question what is measured
 * @param rows metrics; every row has the same keys
 */
record Result(String name, String question, List<Map<String, Object>> rows) {

  /** Prints the table and writes {@code <folder>/<name>.json}. */
  void report(Path folder) throws IOException {
    System.out.println(table());
    var json = new LinkedHashMap<String, Object>();
    json.put("name", name);
    json.put("question", question);
    json.put("measuredAt", Instant.now().toString());
    json.put("machine", Machine.describe());
    json.put("rows", rows);
    Files.createDirectories(folder);
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve(name + ".json").toFile(), json);
  }

  /** A Markdown table. */
  String table() {
    var out = new StringBuilder(question).append("\n\n");
    if (rows.isEmpty()) {
      return out.append("(no rows)\n").toString();
    }
    out.append("| ").append(String.join(" | ", rows.get(0).keySet())).append(" |\n|");
    out.append(" --- |".repeat(rows.get(0).size())).append('\n');
    for (Map<String, Object> row : rows) {
      out.append('|');
      row.values().forEach(v -> out.append(' ').append(text(v)).append(" |"));
      out.append('\n');
    }
    return out.toString();
  }

  private static String text(@Nullable Object value) {
    if (value instanceof Double d) {
      return Math.abs(d) >= 100 ? String.format("%.0f", d) : String.format("%.3g", d);
    }
    return value == null ? "" : String.valueOf(value);
  }

  /** A row from alternating keys and values. */
  static Map<String, Object> row(Object... keysAndValues) {
    var row = new LinkedHashMap<String, Object>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      row.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return row;
  }
}
