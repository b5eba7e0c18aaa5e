package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.config.JavalinConfig;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.millrace.ops.health.Health;
import io.millrace.ops.it.ServingHttp;
import io.millrace.serving.http.ApiSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /openapi.json} holds every route that a server registers, and no other. */
class OpenApiTest {
  private static final Set<HandlerType> DESCRIBED =
      Set.of(
          HandlerType.GET,
          HandlerType.POST,
          HandlerType.PUT,
          HandlerType.PATCH,
          HandlerType.DELETE);

  /** What only refuses, and the page's own files. */
  private static final Pattern EXEMPT =
      Pattern.compile("(GET|POST) /v2/\\*|GET /search|GET /|GET /(lib/)?[a-z]+\\.(js|css|svg)");

  private static final Pattern PATH_PARAMETER = Pattern.compile("\\{([^}]+)}");

  @TempDir Path dir;

  @Test
  void everyRouteIsDescribedAndEveryDescribedRouteIsThere() throws Exception {
    try (var serving = new ServingHttp(dir, ApiSettings.defaults(), () -> null);
        Dashboard dashboard = dashboard(serving.api()::register)) {
      var routes = new TreeSet<String>();
      for (Endpoint endpoint : dashboard.endpoints()) {
        String route = endpoint.method.name() + " " + endpoint.path;
        if (DESCRIBED.contains(endpoint.method) && !EXEMPT.matcher(route).matches()) {
          routes.add(route);
        }
      }
      assertThat(routes).contains("POST /search", "GET /metrics", "GET /api/events");
      JsonNode described = described(dashboard);
      assertThat(operations(described)).isEqualTo(routes);
      wellFormed(described);
    }
  }

  @Test
  void aProcessDescribesWhatItAnswersAlone() throws Exception {
    try (Dashboard dashboard = dashboard(none -> {})) {
      JsonNode described = described(dashboard);
      assertThat(operations(described))
          .contains("GET /v2/health/ready", "GET /openapi.json")
          .doesNotContain("POST /search", "GET /v2", "POST /api/forget");
      assertThat(described.path("paths").has("/search")).isFalse();
    }
  }

  private static Dashboard dashboard(Consumer<JavalinConfig> more) {
    var board = new DashboardState(SampleStatus.empty(Instant.EPOCH));
    return Dashboard.start(
        HttpConfig.defaults().withPort(0),
        DashboardContext.of(board, new Health(Clock.systemUTC())).and(more));
  }

  private static Set<String> operations(JsonNode described) {
    var out = new TreeSet<String>();
    described
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method -> {
                          if (!method.equals("parameters")) {
                            out.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
                          }
                        }));
    return out;
  }

  /** References lead somewhere, path parameters are declared, operation ids are unique. */
  private static void wellFormed(JsonNode described) {
    described
        .findValuesAsText("$ref")
        .forEach(ref -> assertThat(at(described, ref).isMissingNode()).as(ref).isFalse());
    var ids = new HashSet<String>();
    for (var path : described.path("paths").properties()) {
      var declared = new TreeSet<String>();
      for (JsonNode parameter : path.getValue().path("parameters")) {
        JsonNode it =
            parameter.has("$ref") ? at(described, parameter.path("$ref").asText()) : parameter;
        declared.add(it.path("name").asText());
      }
      var wanted = new TreeSet<String>();
      for (Matcher m = PATH_PARAMETER.matcher(path.getKey()); m.find(); ) {
        wanted.add(m.group(1));
      }
      assertThat(declared).as(path.getKey()).isEqualTo(wanted);
      for (var operation : path.getValue().properties()) {
        if (!operation.getKey().equals("parameters")) {
          JsonNode it = operation.getValue();
          assertThat(ids.add(it.path("operationId").asText())).as(it::toString).isTrue();
          assertThat(it.path("responses").isEmpty()).as(it::toString).isFalse();
          assertThat(it.path("summary").asText()).as(it::toString).isNotBlank();
        }
      }
    }
  }

  private static JsonNode at(JsonNode described, String ref) {
    return described.at(ref.substring(1));
  }

  private static JsonNode described(Dashboard dashboard) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + dashboard.port() + "/openapi.json"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    return new ObjectMapper().readTree(answer.body());
  }
}
