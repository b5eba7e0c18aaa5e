package io.millrace.serving.http;

import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.serving.embed.ModelRunner;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The serving routes, to be added to an HTTP server: {@code /v2} and {@code /v2/models/…} (Open
 * Inference Protocol v2), {@code /search}, {@code /api/releases…}, {@code /api/forget}. Every error
 * is JSON: {@code {"error": "...", "field": "..."}}.
 */
public final class ServingApi implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServingApi.class);
  private static final int BODY_TOO_SLOW = 408;

  /** Answers one request. */
  private interface Handling {
    void of(Context ctx) throws Exception;
  }

  private final ApiSettings settings;
  private final ApiMetrics metrics;
  private final AdmissionControl admission;
  private final ModelRunner runner;
  private final RequestBodyReader bodies;
  private final InferRoutes infer;
  private final SearchRoutes search;
  private final ReleaseRoutes releases;

  /** One that counts nothing and filters by no header; see the other constructor. */
  public ServingApi(
      ApiSettings settings,
      SearchSettings searchSettings,
      AccessToken token,
      String bound,
      ReleaseCatalog catalog,
      ModelRunner runner,
      Supplier<@Nullable VectorIndex> index,
      Function<byte[], DecodeOutcome> decoder) {
    this(
        settings,
        searchSettings,
        List.of(),
        token,
        bound,
        catalog,
        runner,
        index,
        decoder,
        ApiMetrics.NONE);
  }

  /**
   * @param headers producers' headers that searches may filter by
   * @param bound address the server is bound to
   * @param catalog the releases
   * @param runner runs them; closed with this
   * @param index the index that searches run against, null while there is none
   * @param decoder bytes to pixels, guarded against image bombs; called by several threads
   * @param metrics what it counts
   */
  public ServingApi(
      ApiSettings settings,
      SearchSettings searchSettings,
      List<String> headers,
      AccessToken token,
      String bound,
      ReleaseCatalog catalog,
      ModelRunner runner,
      Supplier<@Nullable VectorIndex> index,
      Function<byte[], DecodeOutcome> decoder,
      ApiMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
    this.runner = runner;
    this.admission =
        new AdmissionControl(settings, new AccessControl(settings, token, bound), metrics);
    this.bodies = new RequestBodyReader(settings);
    var calls = new InferenceCalls(catalog, runner, metrics);
    var images = new ImageInputs(decoder, settings);
    this.infer = new InferRoutes(calls, images, settings);
    this.search = new SearchRoutes(index, calls, images, searchSettings, headers);
    this.releases = new ReleaseRoutes(catalog);
  }

  /** Adds the routes to a server. */
  public void register(JavalinConfig server) {
    RoutesConfig routes = server.routes;
    routes.get("/v2", ctx -> look(ctx, c -> send(c, about())));
    // The models with a slash in their names first: a route matches in this order.
    model(
        routes,
        "/v2/models/auxiliary/{method}",
        c -> InferRoutes.AUXILIARY + c.pathParam("method"));
    model(routes, "/v2/models/{name}", ServingApi::modelName);
    routes.post("/search", ctx -> read(ctx, c -> send(c, search.search(c))));
    routes.get("/api/releases", ctx -> look(ctx, c -> send(c, releases.list())));
    routes.post("/api/releases/rollback", ctx -> change(ctx, c -> send(c, releases.rollback())));
    routes.post(
        "/api/releases/{version}/promote", ctx -> change(ctx, c -> send(c, releases.promote(c))));
    routes.post(
        "/api/releases/{version}/reject", ctx -> change(ctx, c -> send(c, releases.reject(c))));
    routes.post("/api/forget", ctx -> change(ctx, c -> send(c, releases.forget(c))));
    // What nobody answers is refused in JSON as well.
    routes.get("/search", ctx -> refuse(ctx, 405, "searches are asked by POST", "method"));
    routes.get("/v2/*", this::noSuchPath);
    routes.post("/v2/*", this::noSuchPath);
  }

  private void noSuchPath(Context ctx) {
    refuse(ctx, 404, "there is nothing at " + ctx.method() + " " + ctx.path(), "path");
  }

  private void model(RoutesConfig routes, String path, Function<Context, String> name) {
    for (String versioned : List.of(path, path + "/versions/{version}")) {
      boolean pinned = !versioned.equals(path);
      Function<Context, @Nullable String> version = c -> pinned ? c.pathParam("version") : null;
      routes.post(
          versioned + "/infer",
          ctx -> read(ctx, c -> infer.infer(c, name.apply(c), version.apply(c))));
      routes.get(
          versioned + "/ready",
          ctx ->
              look(
                  ctx,
                  c -> {
                    infer.metadata(name.apply(c), version.apply(c));
                    send(c, Map.of("name", name.apply(c), "ready", true));
                  }));
      routes.get(
          versioned,
          ctx -> look(ctx, c -> send(c, infer.metadata(name.apply(c), version.apply(c)))));
    }
  }

  /** A client may have encoded the slash, and then the name comes in one piece. */
  private static String modelName(Context ctx) {
    String name = ctx.pathParam("name");
    if (!name.equals(InferRoutes.EMBED)
        && !name.equals(InferRoutes.TEACHER)
        && !name.startsWith(InferRoutes.AUXILIARY)) {
      throw new ApiError(
          404,
          "model",
          "there is no model '" + name + "': expected embed, teacher or auxiliary/<method>");
    }
    return name;
  }

  private static Map<String, Object> about() {
    var out = new LinkedHashMap<String, Object>();
    out.put("name", "millrace");
    String version = ServingApi.class.getPackage().getImplementationVersion();
    out.put("version", version == null ? "development build" : version);
    out.put("extensions", List.of("binary_tensor_data"));
    return out;
  }

  /** A route without a body. */
  private void look(Context ctx, Handling handling) {
    handle(ctx, false, 0, handling);
  }

  /** A route that shows what its body asks for. */
  private void read(Context ctx, Handling handling) {
    handle(ctx, false, settings.maxBodyBytes(), handling);
  }

  /** A route that changes something. */
  private void change(Context ctx, Handling handling) {
    handle(ctx, true, Math.min(ReleaseRoutes.MOST_BYTES, settings.maxBodyBytes()), handling);
  }

  private void handle(Context ctx, boolean changes, int mostBytes, Handling handling) {
    try {
      admission.enter(ctx, changes);
      try {
        RequestContext request = RequestContext.of(ctx);
        if (mostBytes > 0) {
          request.body(bodies.read(ctx, mostBytes));
        }
        admission.work(request);
        handling.of(ctx);
      } finally {
        admission.leave(ctx);
      }
    } catch (ApiError e) {
      if (e.status() != BODY_TOO_SLOW) {
        bodies.discard(ctx, settings.maxBodyBytes());
      }
      refuse(ctx, e.status(), String.valueOf(e.getMessage()), e.field());
    } catch (Exception | OutOfMemoryError e) {
      log.error("{} {} failed", ctx.method(), ctx.path(), e);
      refuse(ctx, 500, "the request failed; the log says why", null);
    }
  }

  private void refuse(Context ctx, int status, String message, @Nullable String field) {
    if (status == 413 || status == 429 || status == 503) {
      metrics.refused(status);
    }
    Answers.refuse(ctx, status, message, field);
  }

  private static void send(Context ctx, Object body) {
    Answers.send(ctx, body);
  }

  /** Lets no request in any more, waits for those in progress, then lets go of the models. */
  @Override
  public void close() {
    if (!admission.drain()) {
      log.warn("requests were still in progress after {}", settings.drainTimeout());
    }
    runner.close();
    bodies.close();
  }
}
