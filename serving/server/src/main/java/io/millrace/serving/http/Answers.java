package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.javalin.http.Context;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** Answers in JSON; every refusal has one form: {@code {"error": "...", "field": "..."}}. */
public final class Answers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Answers() {}

  /** Answers with a body. */
  static void send(Context ctx, Object body) {
    try {
      ctx.contentType("application/json").result(JSON.writeValueAsBytes(body));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Refuses.
   *
   * @param field what is wrong of the request; null where nothing of it is
   */
  public static void refuse(Context ctx, int status, String message, @Nullable String field) {
    var body = new LinkedHashMap<String, Object>();
    body.put("error", message);
    if (field != null) {
      body.put("field", field);
    }
    if (status == 429) {
      ctx.header("Retry-After", "1");
    }
    ctx.status(status);
    send(ctx, body);
  }
}
