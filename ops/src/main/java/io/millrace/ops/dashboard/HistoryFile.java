package io.millrace.ops.dashboard;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page's history in a file, so that charts go on after a restart. It holds what {@link History}
 * holds, which is bounded. Without it the page begins anew; nothing else rests on it.
 */
final class HistoryFile {
  private static final Logger log = LoggerFactory.getLogger(HistoryFile.class);

  private final Path file;
  private final JsonMapper json = Json.mapper();

  HistoryFile(Path file) {
    this.file = file;
  }

  /** Restores what the file has; an unreadable one is logged and left to be replaced. */
  void restore(History into) {
    if (!Files.isRegularFile(file)) {
      return;
    }
    try {
      History.Columns read = json.readValue(file.toFile(), History.Columns.class);
      for (Map.Entry<String, List<@Nullable Double>> one : read.series().entrySet()) {
        if (one.getValue().size() != read.seconds().size()) {
          throw new IOException(
              one.getKey()
                  + " has "
                  + one.getValue().size()
                  + " values: expected "
                  + read.seconds().size());
        }
      }
      into.restore(read);
    } catch (IOException | RuntimeException e) {
      log.warn("the page's history in {} can't be read, it begins anew: {}", file, e.toString());
    }
  }

  /** Replaces the file at once. */
  void save(History history) {
    Path writing = file.resolveSibling(file.getFileName() + ".writing");
    try {
      json.writeValue(writing.toFile(), history.columns());
      Files.move(
          writing, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.warn("the page's history can't be kept in {}: {}", file, e.toString());
    }
  }

  /** Columns as comma-separated values: a line of names, then one a time; nothing where unknown. */
  static String csv(History.Columns columns) {
    var head = new StringJoiner(",").add("time");
    columns.series().keySet().forEach(head::add);
    var out = new StringBuilder(head.toString()).append('\n');
    for (int i = 0; i < columns.seconds().size(); i++) {
      out.append(Instant.ofEpochMilli(Math.round(columns.seconds().get(i) * 1000)));
      for (List<@Nullable Double> values : columns.series().values()) {
        Double value = values.get(i);
        out.append(',').append(value == null ? "" : value.toString());
      }
      out.append('\n');
    }
    return out.toString();
  }
}
