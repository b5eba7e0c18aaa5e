package io.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.http.Context;
import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.learner.release.ReleaseManifest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Releases over HTTP: the list, and what changes which one serves; and forgetting an image. */
final class ReleaseRoutes {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Largest body of a route here. */
  static final int MOST_BYTES = 16 * 1024;

  private final ReleaseCatalog catalog;

  ReleaseRoutes(ReleaseCatalog catalog) {
    this.catalog = catalog;
  }

  List<Map<String, Object>> list() {
    OptionalLong serving = catalog.serving();
    OptionalLong promoted = catalog.promoted();
    OptionalLong back = catalog.rollbackTarget();
    return catalog.releases().stream().map(m -> words(m, serving, promoted, back)).toList();
  }

  private static Map<String, Object> words(
      ReleaseManifest m, OptionalLong serving, OptionalLong promoted, OptionalLong back) {
    var out = new LinkedHashMap<String, Object>();
    out.put("version", m.version());
    out.put("method", m.method());
    out.put("step", m.step());
    out.put("images", m.images());
    out.put("releasedAt", m.releasedAt().toString());
    out.put("gate", m.gate().toString());
    out.put("gateReason", m.gateReason());
    out.put("serves", serving.equals(OptionalLong.of(m.version())));
    out.put("promoted", promoted.equals(OptionalLong.of(m.version())));
    out.put("rollsBackTo", back.equals(OptionalLong.of(m.version())));
    out.put("figures", m.monitors());
    return out;
  }

  Map<String, Object> promote(Context ctx) {
    long version = InferenceCalls.number(ctx.pathParam("version"));
    acting(() -> catalog.promote(version));
    return Map.of("model", catalog.model(), "promoted", version);
  }

  Map<String, Object> reject(Context ctx) {
    long version = InferenceCalls.number(ctx.pathParam("version"));
    String why = text(ctx, "why", "rejected over HTTP");
    acting(() -> catalog.reject(version, why));
    return Map.of("model", catalog.model(), "rejected", version);
  }

  Map<String, Object> rollback() {
    try {
      ReleaseDecisions.RolledBack done = catalog.rollback();
      return Map.of("model", catalog.model(), "promoted", done.to(), "rejected", done.from());
    } catch (IllegalArgumentException e) {
      throw new ApiError(409, "version", String.valueOf(e.getMessage()));
    }
  }

  Map<String, Object> forget(Context ctx) {
    String id = text(ctx, "id", "");
    if (id.isEmpty()) {
      throw ApiError.bad("id", "is missing: expected {\"id\": \"...\"}");
    }
    catalog.forget(id);
    return Map.of("forgotten", id);
  }

  private static void acting(Runnable act) {
    try {
      act.run();
    } catch (IllegalArgumentException e) {
      throw new ApiError(409, "version", String.valueOf(e.getMessage()));
    }
  }

  private static String text(Context ctx, String key, String otherwise) {
    byte[] body = RequestContext.of(ctx).body();
    if (body.length == 0) {
      return otherwise;
    }
    try {
      JsonNode tree = JSON.readTree(body);
      JsonNode value = tree == null ? null : tree.get(key);
      if (value == null || value.isNull()) {
        return otherwise;
      }
      if (!value.isTextual()) {
        throw ApiError.bad(key, "is no text");
      }
      return value.asText();
    } catch (IOException e) {
      throw InferReader.notJson(e);
    }
  }
}
