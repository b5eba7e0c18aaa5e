package io.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.http.Context;
import io.millrace.learner.release.ReleaseManifest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Releases over HTTP: the list, and what changes which one serves; and forgetting an image. */
final class ReleaseRoutes {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_BYTES = 16 * 1024;

  private final ReleaseCatalog catalog;

  ReleaseRoutes(ReleaseCatalog catalog) {
    this.catalog = catalog;
  }

  List<Map<String, Object>> list() {
    OptionalLong serving = catalog.serving();
    return catalog.releases().stream().map(m -> words(m, serving)).toList();
  }

  private static Map<String, Object> words(ReleaseManifest m, OptionalLong serving) {
    var out = new LinkedHashMap<String, Object>();
    out.put("version", m.version());
    out.put("method", m.method());
    out.put("step", m.step());
    out.put("images", m.images());
    out.put("releasedAt", m.releasedAt().toString());
    out.put("gate", m.gate().toString());
    out.put("gateReason", m.gateReason());
    out.put("serves", serving.isPresent() && serving.getAsLong() == m.version());
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
    long[] version = new long[1];
    acting(() -> version[0] = catalog.rollback());
    return Map.of("model", catalog.model(), "promoted", version[0]);
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
    byte[] body = RequestBodyReader.read(ctx, MOST_BYTES);
    if (body.length == 0) {
      return otherwise;
    }
    try {
      JsonNode tree = JSON.readTree(body);
      JsonNode value = tree == null ? null : tree.get(key);
      if (value == null) {
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
