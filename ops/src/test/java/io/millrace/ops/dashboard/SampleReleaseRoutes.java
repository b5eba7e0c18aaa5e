package io.millrace.ops.dashboard;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Release routes that only note what they were asked, as serving's answer. */
final class SampleReleaseRoutes {
  static final String TOKEN = "0123456789abcdef0123";

  private final List<String> acts = new CopyOnWriteArrayList<>();

  List<String> acts() {
    return acts;
  }

  void register(JavalinConfig server) {
    server.routes.get(
        "/api/releases",
        ctx ->
            ctx.contentType("application/json")
                .result(
                    "[{\"version\":1,\"rollsBackTo\":true},"
                        + "{\"version\":2,\"promoted\":true,\"serves\":false},"
                        + "{\"version\":3,\"serves\":true}]"));
    server.routes.post(
        "/api/releases/{version}/reject", ctx -> act(ctx, "reject " + ctx.pathParam("version")));
    server.routes.post("/api/releases/rollback", ctx -> act(ctx, "rollback"));
    server.routes.post(
        "/api/releases/{version}/promote", ctx -> act(ctx, "promote " + ctx.pathParam("version")));
  }

  /** In place of access control's, where a test has none. */
  void session(JavalinConfig server) {
    server.routes.post("/api/session", ctx -> act(ctx, "session"));
  }

  private void act(Context ctx, String what) {
    if (("Bearer " + TOKEN).equals(ctx.header("Authorization"))) {
      acts.add(what);
      ctx.contentType("application/json").result("{\"rejected\":2}");
    } else {
      ctx.status(401).contentType("application/json").result("{\"error\":\"no token\"}");
    }
  }
}
