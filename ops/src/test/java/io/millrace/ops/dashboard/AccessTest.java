package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.javalin.config.JavalinConfig;
import io.javalin.http.HandlerType;
import io.millrace.ops.health.Check;
import io.millrace.ops.health.CheckResult;
import io.millrace.ops.health.Health;
import io.millrace.serving.http.AccessControl;
import io.millrace.serving.http.AccessToken;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.http.RequestImageSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may call what of a whole process, and how HEAD, OPTIONS and nothing are answered. */
class AccessTest {
  private static final String APP = "https://app.example.com";

  @TempDir Path dir;
  private String token = "";
  private @Nullable Dashboard dashboard;
  private @Nullable JavalinConfig server;

  @AfterEach
  void close() {
    if (dashboard != null) {
      dashboard.close();
    }
  }

  private int serve(boolean protectReads, boolean protectMetrics, List<String> corsOrigins)
      throws IOException {
    ApiSettings d = ApiSettings.defaults();
    var settings =
        new ApiSettings(
            d.maxBodyBytes(),
            d.maxBatch(),
            d.maxSide(),
            d.maxConcurrent(),
            d.maxWaiting(),
            d.requestTimeout(),
            d.drainTimeout(),
            d.loadedReleases(),
            "",
            protectReads,
            List.of("millrace.example.com"),
            protectMetrics,
            corsOrigins,
            d.maxPerClient(),
            d.minBodyRate(),
            RequestImageSettings.defaults());
    Path file = dir.resolve("token");
    AccessToken access = AccessToken.in(file);
    token = Files.readString(file).strip();
    var board = new DashboardState(SampleStatus.empty(Instant.now()));
    board.update(SampleStatus.at(Instant.now(), 5));
    board.images().add(new ThumbnailCache.Image("i0", "s", null, SampleStatus.picture(0)));
    var health = new Health(Clock.systemUTC());
    health.addReady("learner", Check.of("learner", () -> CheckResult.fail("learner", "starting")));
    var routes = new SampleReleaseRoutes();
    var page =
        new DashboardContext(
            board,
            health,
            () -> "meter 1\n",
            DashboardContext.Timing.NONE,
            new SampleExplorer(board.images()),
            List.of(
                new AccessControl(settings, access, "127.0.0.1")::register,
                routes::register,
                config -> server = config));
    dashboard = Dashboard.start(HttpConfig.defaults().withPort(0), page);
    return dashboard.port();
  }

  /** Paths of all GET routes, with something in place of their parameters. */
  private List<String> gets() {
    return server.unsafe.internalRouter.allHttpHandlers().stream()
        .filter(parsed -> parsed.endpoint.method == HandlerType.GET)
        .map(parsed -> parsed.endpoint.path)
        .map(path -> path.replace("{number}", "0").replace("{role}", "learner"))
        .map(path -> path.replace("{version}", "1"))
        .map(path -> path.replace("{level}", "layer4").replace("{word}", "1"))
        .distinct()
        .toList();
  }

  @Test
  void headAnswersAsGetDoesWithoutABody() throws IOException {
    int port = serve(false, false, List.of());
    assertThat(gets()).hasSizeGreaterThan(20).noneMatch(path -> path.contains("{"));
    var paths = new java.util.ArrayList<>(gets());
    paths.remove("/api/events");
    paths.addAll(List.of("/nowhere", "/v2/health/ready/ingest", "/api/images/77", "/api/events"));
    for (String path : paths) {
      RawHttp.Answer get = RawHttp.send(port, "GET", path);
      RawHttp.Answer head = RawHttp.send(port, "HEAD", path);
      assertThat(head.status()).as("HEAD %s", path).isEqualTo(get.status());
      assertThat(head.body()).as("HEAD %s", path).isEmpty();
      assertThat(head.headers().get("content-type"))
          .as("HEAD %s", path)
          .isEqualTo(get.headers().get("content-type"));
      assertThat(head.headers().keySet()).as("HEAD %s", path).containsAll(get.headers().keySet());
    }
    assertThat(RawHttp.send(port, "HEAD", "/v2/health/ready").status())
        .as("the learner is not ready")
        .isEqualTo(503);
    assertThat(RawHttp.send(port, "HEAD", "/api/events", "Accept: text/event-stream").status())
        .as("and does not stay open")
        .isEqualTo(200);
  }

  @Test
  void everyRouteThatShowsDataAsksForTheTokenWhereReadsAreProtected() throws IOException {
    int port = serve(true, false, List.of());
    for (String path : gets()) {
      boolean isOpen =
          path.equals("/")
              || path.matches(".*\\.(js|css|svg)")
              || path.startsWith("/v2/health/")
              || path.equals("/metrics");
      RawHttp.Answer without = RawHttp.send(port, "GET", path);
      assertThat(without.status() == 401)
          .as("GET %s: %s", path, without.status())
          .isEqualTo(!isOpen);
      if (!isOpen) {
        assertThat(without.body()).contains("needs the bearer token");
        assertThat(RawHttp.send(port, "HEAD", path).status()).isEqualTo(401);
        assertThat(RawHttp.send(port, "GET", path, bearer(token)).status())
            .as(path)
            .isNotIn(401, 403);
        assertThat(RawHttp.send(port, "GET", path, bearer("x".repeat(64))).body())
            .contains("the bearer token is wrong");
      }
    }
    assertThat(RawHttp.send(port, "GET", "/nowhere").status()).isEqualTo(401);
    assertThat(RawHttp.send(port, "POST", "/search").status()).isEqualTo(401);
  }

  @Test
  void metersHaveASettingOfTheirOwn() throws IOException {
    int port = serve(false, true, List.of());
    for (String path : List.of("/metrics", "/metrics/", "/metrics;a", "/metrics?x=/api/status")) {
      assertThat(RawHttp.send(port, "GET", path).status()).as(path).isEqualTo(401);
    }
    for (String path : List.of("//metrics", "/%6detrics", "/./metrics", "/api/../metrics")) {
      assertThat(RawHttp.send(port, "GET", path).body()).as(path).doesNotContain("meter 1");
    }
    assertThat(RawHttp.send(port, "GET", "/metrics", bearer(token)).body()).contains("meter 1");
    assertThat(RawHttp.send(port, "GET", "/api/status").status()).isEqualTo(200);
  }

  @Test
  void aBrowserThatShowedTheTokenReadsByACookieThatChangesNothing() throws IOException {
    int port = serve(true, true, List.of());
    assertThat(RawHttp.send(port, "POST", "/api/session").status()).isEqualTo(401);
    RawHttp.Answer opened = RawHttp.send(port, "POST", "/api/session", bearer(token));
    assertThat(opened.status()).isEqualTo(204);
    String cookie = opened.headers().get("set-cookie");
    assertThat(cookie).contains("HttpOnly", "SameSite=Strict").doesNotContain(token);
    String sent = "Cookie: " + cookie.substring(0, cookie.indexOf(';'));
    assertThat(RawHttp.send(port, "GET", "/api/status", sent).status()).isEqualTo(200);
    assertThat(RawHttp.send(port, "GET", "/api/images/0", sent).status()).isEqualTo(200);
    assertThat(RawHttp.send(port, "POST", "/api/session", sent).status()).isEqualTo(401);
    assertThat(RawHttp.send(port, "GET", "/api/status", sent + "0").status()).isEqualTo(401);
  }

  @Test
  void aNameThatPointsHereIsNotOurs() throws IOException {
    int port = serve(false, false, List.of());
    for (String path : List.of("/", "/api/status", "/metrics", "/api/images/0", "/api/events")) {
      RawHttp.Answer answer = RawHttp.send(port, "GET", path, "Host: evil.example:" + port);
      assertThat(answer.status()).as(path).isEqualTo(403);
      assertThat(answer.body()).contains("evil.example", "api.hosts");
    }
    for (String host :
        List.of("millrace.example.com", "10.1.2.3:8470", "[::1]:8470", "LOCALHOST")) {
      assertThat(RawHttp.send(port, "GET", "/api/status", "Host: " + host).status())
          .as(host)
          .isEqualTo(200);
    }
    assertThat(RawHttp.send(port, "GET", "/v2/health/live", "Host: probe.example").status())
        .as("probes call by whatever name")
        .isEqualTo(200);
  }

  @Test
  void everyPostChecksItsOrigin() throws IOException {
    int port = serve(false, false, List.of());
    for (String path : List.of("/search", "/v2/models/embed/infer", "/api/releases/rollback")) {
      for (String origin : List.of("https://evil.example", "null", "http://[", APP)) {
        RawHttp.Answer answer = RawHttp.send(port, "POST", path, "Origin: " + origin);
        assertThat(answer.status()).as(path + " from " + origin).isEqualTo(403);
        assertThat(answer.body()).contains("Origin");
      }
      assertThat(RawHttp.send(port, "POST", path, "Origin: http://localhost:" + port).status())
          .isNotEqualTo(403);
    }
  }

  @Test
  void pagesElsewhereMayCallWhereTheyAreNamedAndElseNot() throws IOException {
    int closed = serve(false, false, List.of());
    RawHttp.Answer none = RawHttp.send(closed, "GET", "/api/status", "Origin: " + APP);
    assertThat(none.headers()).doesNotContainKey("access-control-allow-origin");
    assertThat(RawHttp.send(closed, "OPTIONS", "/search", "Origin: " + APP).status())
        .isEqualTo(403);
    assertThat(RawHttp.send(closed, "OPTIONS", "/search").status()).isEqualTo(404);
    dashboard.close();

    int port = serve(true, false, List.of(APP));
    RawHttp.Answer preflight =
        RawHttp.send(
            port,
            "OPTIONS",
            "/api/status",
            "Origin: " + APP,
            "Access-Control-Request-Method: GET",
            "Access-Control-Request-Headers: authorization, content-type");
    assertThat(preflight.status()).isEqualTo(200);
    assertThat(preflight.headers().get("access-control-allow-origin")).isEqualTo(APP);
    assertThat(preflight.headers().get("access-control-allow-headers")).contains("authorization");
    RawHttp.Answer answer =
        RawHttp.send(port, "GET", "/api/status", "Origin: " + APP, bearer(token));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers().get("access-control-allow-origin")).isEqualTo(APP);
    assertThat(RawHttp.send(port, "OPTIONS", "/search", "Origin: https://evil.example").status())
        .isEqualTo(403);
    assertThatThrownBy(() -> serve(false, false, List.of("https://*.example.com")))
        .hasMessageContaining("corsOrigins holds 'https://*.example.com'");
  }

  @Test
  void whatIsNotThereIsSaidInJson() throws IOException {
    int port = serve(false, false, List.of());
    RawHttp.Answer events = RawHttp.send(port, "GET", "/api/events");
    assertThat(events.status()).isEqualTo(406);
    assertThat(events.body()).contains("\"error\"", "Accept: text/event-stream");
    RawHttp.Answer nowhere = RawHttp.send(port, "GET", "/nowhere");
    assertThat(nowhere.status()).isEqualTo(404);
    assertThat(nowhere.body()).contains("\"error\":\"there is nothing at GET /nowhere\"");
    RawHttp.Answer role = RawHttp.send(port, "GET", "/v2/health/ready/ingest");
    assertThat(role.headers().get("content-type")).startsWith("application/json");
    RawHttp.Answer v2 = RawHttp.send(port, "GET", "/v2");
    assertThat(v2.status()).isEqualTo(404);
    assertThat(v2.body()).contains("\"error\":\"there is nothing at GET /v2");
  }

  private static String bearer(String value) {
    return "Authorization: Bearer " + value;
  }
}
