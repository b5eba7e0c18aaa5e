package io.millrace.ops.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.http.sse.SseHandler;
import io.javalin.router.Endpoint;
import io.javalin.util.JavalinBindException;
import io.millrace.ops.health.CheckResult;
import io.millrace.serving.http.Answers;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running process over HTTP: {@code /} the live page, {@code /api/status}, {@code
 * /api/history}, {@code /api/events} (server-sent), {@code /metrics}, {@code /openapi.json}, {@code
 * /v2/health/live}, {@code /v2/health/ready} and what {@link DashboardContext#more} adds. Nothing
 * of its own changes anything, and the page loads nothing from outside.
 */
public final class Dashboard implements AutoCloseable {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
          + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  private static final Logger log = LoggerFactory.getLogger(Dashboard.class);
  private static final String EVENTS = "/api/events";
  private static final String EVENT_STREAM = "text/event-stream";
  private static final Pattern SERVING =
      Pattern.compile("/v2(/.*)?|/search|/api/(releases|forget).*");

  private final DashboardState dashboardState;
  private final DashboardContext page;
  private final JsonMapper json = Json.mapper();
  private final LiveEvents events;
  private final OpenApi openApi = new OpenApi();
  private final Javalin server;

  private Dashboard(HttpConfig config, DashboardContext page) {
    this.dashboardState = page.state();
    this.page = page;
    this.events = new LiveEvents(dashboardState);
    this.server =
        Javalin.create(
            server -> {
              if (!config.keyStore().isEmpty()) {
                Tls.add(server, config);
              }
              configure(server);
            });
    try {
      server.start(config.host(), config.port());
    } catch (JavalinBindException e) {
      server.stop();
      throw new IllegalStateException(
          "port "
              + config.port()
              + " on "
              + config.host()
              + " is taken or not allowed: choose another with --set http.port=N (0 takes a free"
              + " one)",
          e);
    }
  }

  /**
   * Starts answering.
   *
   * @throws IllegalStateException with a message for the user when the port is taken
   */
  public static Dashboard start(HttpConfig config, DashboardContext page) {
    return new Dashboard(config, page);
  }

  /** The port it answers on. */
  public int port() {
    return server.port();
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    var routes = config.routes;
    routes.before(Dashboard::harden);
    PageFiles.register(routes);
    routes.get("/api/status", ctx -> send(ctx, dashboardState.status()));
    routes.get("/api/history", ctx -> send(ctx, dashboardState.history().columns()));
    routes.get(
        "/api/history.csv",
        ctx ->
            ctx.contentType("text/csv; charset=utf-8")
                .result(HistoryFile.csv(dashboardState.history().columns())));
    routes.get(EVENTS, this::events);
    new ExploreRoutes(dashboardState.images(), page.explorer(), this::send).register(routes);
    routes.get(
        "/metrics",
        ctx ->
            ctx.contentType("text/plain; version=0.0.4; charset=utf-8")
                .result(page.scrape().get()));
    routes.get("/openapi.json", ctx -> send(ctx, openApi.of(endpoints())));
    routes.get("/v2/health/live", ctx -> probe(ctx, "live", page.health().live()));
    routes.get("/v2/health/ready", ctx -> probe(ctx, "ready", page.health().all()));
    routes.get(
        "/v2/health/ready/{role}",
        ctx -> {
          String role = ctx.pathParam("role");
          var found = page.health().ofRole(role);
          if (found.isPresent()) {
            probe(ctx, "ready", found.get());
          } else {
            Answers.refuse(ctx, 404, "this process has no role '" + role + "'" + roles(), "role");
          }
        });
    page.more().forEach(more -> more.accept(config));
    config.jetty.modifyServer(server -> server.setHandler(new HeadAsGet()));
    routes.error(404, this::nothingThere);
    routes.exception(
        HttpResponseException.class,
        (e, ctx) -> Answers.refuse(ctx, e.getStatus(), String.valueOf(e.getMessage()), null));
    routes.exception(
        Exception.class,
        (e, ctx) -> {
          log.error("{} {} failed", ctx.method(), ctx.path(), e);
          Answers.refuse(ctx, 500, "the request failed; the log says why", null);
        });
    config.requestLogger.http(this::answered);
  }

  private void events(Context ctx) {
    if (!EVENT_STREAM.equals(ctx.header("Accept"))) {
      Answers.refuse(
          ctx, 406, "events come as a stream: ask with Accept: " + EVENT_STREAM, "Accept");
    } else if (ctx.attribute(HeadAsGet.IS_HEAD) != null) {
      ctx.contentType(EVENT_STREAM);
    } else {
      new SseHandler(events::listen).handle(ctx);
    }
  }

  /** Where no route is, which Javalin says in words of its own; routes of ours have said more. */
  private void nothingThere(Context ctx) {
    if (ctx.endpoints().lastHttpEndpoint() == null) {
      boolean ofServing =
          SERVING.matcher(ctx.path()).matches()
              && !dashboardState.status().roles().contains("serving");
      Answers.refuse(
          ctx,
          404,
          "there is nothing at "
              + ctx.method().name()
              + " "
              + ctx.path()
              + (ofServing
                  ? ": it is of the role serving, which this process has not" + roles()
                  : ""),
          "path");
    }
  }

  private String roles() {
    return " (it has " + String.join(", ", dashboardState.status().roles()) + ")";
  }

  /** What is registered, in its order. */
  List<Endpoint> endpoints() {
    return server.unsafe.internalRouter.allHttpHandlers().stream()
        .map(parsed -> parsed.endpoint)
        .toList();
  }

  private static void harden(Context ctx) {
    ctx.header("Content-Security-Policy", POLICY);
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("Referrer-Policy", "no-referrer");
    ctx.header("Cross-Origin-Resource-Policy", "same-origin");
    ctx.header("Cache-Control", "no-store");
  }

  /** Server-sent events last as long as a page is open: their time says nothing. */
  private void answered(Context ctx, Float millis) {
    Endpoint endpoint = ctx.endpoints().lastHttpEndpoint();
    String route = endpoint == null ? "none" : endpoint.path;
    if (!route.equals(EVENTS)) {
      // A method is whatever a client writes: those without a route are not told apart.
      String method = endpoint == null ? "any" : ctx.method().name();
      page.timing().answered(method, route, ctx.statusCode(), (long) (millis * 1e6));
    }
  }

  private void probe(Context ctx, String name, List<CheckResult> checks) {
    boolean ok = checks.stream().allMatch(CheckResult::ok);
    var body = new LinkedHashMap<String, Object>();
    body.put(name, ok);
    body.put("checks", checks);
    ctx.status(ok ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    send(ctx, body);
  }

  private void send(Context ctx, Object body) {
    try {
      ctx.contentType("application/json").result(json.writeValueAsString(body));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    events.close();
    server.stop();
  }
}
