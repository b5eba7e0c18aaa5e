package io.millrace.serving.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;

/** Reads request bodies up to a limit. */
final class Bodies {
  private Bodies() {}

  /** The whole body. */
  static byte[] read(Context ctx, int most) {
    if (ctx.contentLength() > most) {
      throw tooLarge(ctx.contentLength() + " bytes", most);
    }
    try (InputStream in = ctx.bodyInputStream()) {
      byte[] body = in.readNBytes(most + 1);
      if (body.length > most) {
        throw tooLarge("more than " + most + " bytes", most);
      }
      return body;
    } catch (IOException e) {
      throw ApiError.bad("body", "ends too soon");
    }
  }

  private static ApiError tooLarge(String has, int most) {
    return ApiError.large(
        "body", "has " + has + ": expected at most " + most + " (api.maxBodyBytes)");
  }
}
