package io.millrace.serving.http;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Reads request bodies, up to a limit and while the request has time and there is room; and throws
 * away those that are refused.
 */
final class RequestBodyReader {
  private static final int PIECE = 16 * 1024;
  private static final int DISCARDED_AT_ONCE = 16;
  private static final int TIMES_THE_LIMIT = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Semaphore discarders = new Semaphore(DISCARDED_AT_ONCE);

  /**
   * Reads on where a request is refused before its body was read: a client that writes all of it
   * before it reads the answer would find the connection closed and never learn why. A few clients
   * at once, for a short time, and no body that is far too large.
   */
  void discard(Context ctx, int most) {
    boolean waitsForLeave = ctx.header("Expect") != null;
    long left = (long) TIMES_THE_LIMIT * most;
    if (waitsForLeave || ctx.contentLength() > left || !discarders.tryAcquire()) {
      return;
    }
    try {
      long end = System.nanoTime() + PATIENCE.toNanos();
      InputStream in = ctx.bodyInputStream();
      byte[] piece = new byte[PIECE];
      while (left > 0 && System.nanoTime() < end) {
        int read = in.read(piece);
        if (read < 0) {
          return;
        }
        left -= read;
      }
    } catch (IOException e) {
      // The client has gone, and asks for no answer.
    } finally {
      discarders.release();
    }
  }

  /** The whole body. */
  static byte[] read(Context ctx, int most) {
    if (ctx.contentLength() > most) {
      throw tooLarge(ctx.contentLength() + " bytes", most);
    }
    RequestContext request = RequestContext.of(ctx);
    // It grows as bytes come: what a client says is coming takes no memory yet.
    var body = new ByteArrayOutputStream(PIECE);
    try {
      InputStream in = ctx.bodyInputStream();
      byte[] piece = new byte[PIECE];
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        if (body.size() + read > most) {
          throw tooLarge("more than " + most + " bytes", most);
        }
        request.take(read);
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
