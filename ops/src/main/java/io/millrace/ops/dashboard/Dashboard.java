package io.millrace.ops.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.http.sse.SseClient;
import io.javalin.router.Endpoint;
import io.javalin.util.JavalinBindException;
import io.millrace.ops.health.CheckResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running process over HTTP: {@code /} the live page, {@code /api/status}, {@code /api/events}
 * (server-sent), {@code /metrics}, {@code /v2/health/live}, {@code /v2/health/ready} and what
 * {@link LivePage#more} adds. Nothing of its own changes anything, and the page loads nothing from
 * outside.
 */
public final class Dashboard implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Dashboard.class);
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
          + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  private static final String EVENTS = "/api/events";
  private static final int MAX_LISTENERS = 32;

  private final Board board;
  private final LivePage page;
  private final JsonMapper json = Json.mapper();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Set<Thread> listeners = ConcurrentHashMap.newKeySet();
  private final Javalin server;

  private Dashboard(HttpConfig config, LivePage page) {
    this.board = page.board();
    this.page = page;
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
              + " is taken or not allowed: choose another with --port or http.port (0 takes a free"
              + " one)",
          e);
    }
  }

  /**
   * Starts answering.
   *
   * @throws IllegalStateException in words for a user when the port is taken
   */
  public static Dashboard start(HttpConfig config, LivePage page) {
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
    String uplot = "/META-INF/resources/webjars/uplot/" + uplotVersion() + "/dist/";
    page(config, "/", "page/index.html", "text/html; charset=utf-8");
    page(config, "/app.js", "page/app.js", "text/javascript; charset=utf-8");
    page(config, "/style.css", "page/style.css", "text/css; charset=utf-8");
    page(config, "/icon.svg", "page/icon.svg", "image/svg+xml");
    page(config, "/lib/uplot.js", uplot + "uPlot.iife.min.js", "text/javascript; charset=utf-8");
    page(config, "/lib/uplot.css", uplot + "uPlot.min.css", "text/css; charset=utf-8");
    routes.get("/api/status", ctx -> send(ctx, board.status()));
    routes.sse(EVENTS, this::listen);
    new ExploreRoutes(board.images(), page.explorer(), this::send).register(routes);
    routes.get(
        "/metrics",
        ctx ->
            ctx.contentType("text/plain; version=0.0.4; charset=utf-8")
                .result(page.scrape().get()));
    routes.get("/v2/health/live", ctx -> probe(ctx, "live", page.health().live()));
    routes.get("/v2/health/ready", ctx -> probe(ctx, "ready", page.health().all()));
    routes.get(
        "/v2/health/ready/{role}",
        ctx -> probe(ctx, "ready", page.health().ofRole(ctx.pathParam("role"))));
    page.more().forEach(more -> more.accept(config));
    config.requestLogger.http(this::answered);
  }

  private static void harden(Context ctx) {
    ctx.header("Content-Security-Policy", POLICY);
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("Referrer-Policy", "no-referrer");
    ctx.header("Cross-Origin-Resource-Policy", "same-origin");
    ctx.header("Cache-Control", "no-store");
  }

  private static void page(JavalinConfig config, String path, String resource, String type) {
    byte[] bytes = resource(resource);
    config.routes.get(path, ctx -> ctx.contentType(type).result(bytes));
  }

  private static byte[] resource(String name) {
    try (InputStream in = Dashboard.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String uplotVersion() {
    var properties = new Properties();
    try (InputStream in =
        Dashboard.class.getResourceAsStream(
            "/META-INF/maven/org.webjars.npm/uplot/pom.properties")) {
      if (in == null) {
        throw new IllegalStateException("uPlot's WebJar is missing from this build");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
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
    ctx.contentType("application/json").result(write(body));
  }

  private String write(Object body) {
    try {
      return json.writeValueAsString(body);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One thread for each listener: a slow one holds up nobody else. */
  private void listen(SseClient client) {
    if (listeners.size() >= MAX_LISTENERS) {
      client.sendEvent("full", "{}");
      client.close();
      return;
    }
    client.keepAlive();
    var thread = new Thread(() -> tell(client), "live-page-listener");
    thread.setDaemon(true);
    listeners.add(thread);
    thread.start();
  }

  private void tell(SseClient client) {
    try {
      client.sendEvent("history", write(board.history().columns()));
      while (!client.terminated()) {
        Status now = board.status();
        Map<String, Object> frame = new LinkedHashMap<>();
        frame.put("status", now);
        frame.put("seconds", now.at().toEpochMilli() / 1000.0);
        frame.put("figures", Board.figures(now));
        frame.put("images", board.images().cards());
        client.sendEvent("frame", write(frame));
        if (closed.await(1, TimeUnit.SECONDS)) {
          client.close();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.debug("a listener of the live page went away", e);
    } finally {
      listeners.remove(Thread.currentThread());
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      for (Thread listener : listeners) {
        listener.join(2000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop();
  }
}
