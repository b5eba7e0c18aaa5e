package io.millrace.serving.http;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads request bodies, up to a limit and while the request has time and there is room. */
final class Bodies {
  private static final int PIECE = 16 * 1024;

  private Bodies() {}

  /** The whole body. */
  static byte[] read(Context ctx, int most) {
    if (ctx.contentLength() > most) {
      throw tooLarge(ctx.contentLength() + " bytes", most);
    }
    Visit visit = Visit.of(ctx);
    // It grows as bytes come: what a client says is coming takes no memory yet.
    var body = new ByteArrayOutputStream(PIECE);
    try (InputStream in = ctx.bodyInputStream()) {
      byte[] piece = new byte[PIECE];
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        if (body.size() + read > most) {
          throw tooLarge("more than " + most + " bytes", most);
        }
        visit.take(read);
        body.write(piece, 0, read);
      }
      return body.toByteArray();
    } catch (IOException e) {
      throw ApiError.bad("body", "ends too soon");
    }
  }

  private static ApiError tooLarge(String has, int most) {
    return ApiError.large(
        "body", "has " + has + ": expected at most " + most + " (api.maxBodyBytes)");
  }
}
