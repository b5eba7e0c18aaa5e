package io.millrace.ops.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Grafana's dashboards as they lie in the checkout. */
public final class Dashboards {
  private static final Path FOLDER = Path.of("deploy/grafana/dashboards");
  private static final ObjectMapper JSON = new ObjectMapper();

  private Dashboards() {}

  /** All of them, by name. */
  static List<JsonNode> all() throws IOException {
    var out = new ArrayList<JsonNode>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.sorted().toList()) {
        out.add(JSON.readTree(file.toFile()));
      }
    }
    return out;
  }

  /** Every query, with Grafana's variables in it as for all processes. */
  public static List<String> queries() throws IOException {
    return all().stream()
        .flatMap(dashboard -> dashboard.findValuesAsText("expr").stream())
        .map(query -> query.replace("$instance", ".*").replace("$__rate_interval", "1m"))
        .toList();
  }
}
