package io.millrace.ops.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.javalin.router.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The description of all HTTP routes, {@code openapi.yaml}, cut down to those that a process
 * answers: its roles decide. A test holds the file against the routes that a server registers.
 */
final class OpenApi {
  private final JsonNode all = read();

  private static JsonNode read() {
    try (InputStream in = OpenApi.class.getResourceAsStream("openapi.yaml")) {
      if (in == null) {
        throw new IllegalStateException("openapi.yaml is missing from this build");
      }
      return new YAMLMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The description of the routes that are registered. */
  JsonNode of(Collection<Endpoint> registered) {
    ObjectNode out = all.deepCopy();
    ((ObjectNode) out.path("info")).put("version", version());
    Set<String> there =
        registered.stream()
            .map(e -> operation(e.method.name(), e.path))
            .collect(Collectors.toSet());
    ObjectNode paths = (ObjectNode) out.path("paths");
    for (var path : all.path("paths").properties()) {
      ObjectNode kept = (ObjectNode) paths.path(path.getKey());
      for (var method : path.getValue().properties()) {
        boolean operation = !method.getKey().equals("parameters");
        if (operation && !there.contains(operation(method.getKey(), path.getKey()))) {
          kept.remove(method.getKey());
        }
      }
      if (kept.properties().stream().allMatch(e -> e.getKey().equals("parameters"))) {
        paths.remove(path.getKey());
      }
    }
    return out;
  }

  private static String version() {
    String built = OpenApi.class.getPackage().getImplementationVersion();
    return built == null ? "development build" : built;
  }

  /** A method and a path, as {@code GET /search}. */
  static String operation(String method, String path) {
    return method.toUpperCase(Locale.ROOT) + " " + path;
  }
}
