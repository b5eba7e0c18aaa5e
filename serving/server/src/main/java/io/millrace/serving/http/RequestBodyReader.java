package io.millrace.serving.http;

import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * Reads request bodies, plain or compressed, up to a limit, no slower than a client must send and
 * while there is room; and throws away those that are refused.
 */
final class RequestBodyReader implements AutoCloseable {
  private static final int PIECE = 16 * 1024;
  private static final int DISCARDED_AT_ONCE = 16;
  private static final int TIMES_THE_LIMIT = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int ZLIB_HEADER = 2;

  private final ApiSettings settings;
  private final BodyWatch watch;
  private final Semaphore discarders = new Semaphore(DISCARDED_AT_ONCE);

  RequestBodyReader(ApiSettings settings) {
    this.settings = settings;
    this.watch = new BodyWatch(settings.maxConcurrent());
  }

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
    try (BodyWatch.Reading reading = watch.begin(PATIENCE.toNanos(), 0)) {
      InputStream in = ctx.bodyInputStream();
      byte[] piece = new byte[PIECE];
      while (left > 0 && !reading.late()) {
        int read = in.read(piece);
        if (read < 0) {
          return;
        }
        left -= read;
      }
    } catch (IOException e) {
      // The client has gone or is too slow, and gets its answer without.
    } finally {
      discarders.release();
    }
  }

  /** The whole body, inflated where it came compressed. */
  byte[] read(Context ctx, int most) {
    if (ctx.contentLength() > most) {
      throw tooLarge(ctx.contentLength() + " bytes", most);
    }
    RequestContext request = RequestContext.of(ctx);
    // It grows as bytes come: what a client says is coming takes no memory yet.
    var body = new ByteArrayOutputStream(PIECE);
    try (BodyWatch.Reading reading = watch.begin(request.nanosLeft(), settings.minBodyRate())) {
      try (InputStream in = inflated(ctx, new Counting(ctx.bodyInputStream(), reading, most))) {
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
        if (reading.late()) {
          throw tooSlow();
        }
        throw e instanceof ZipException
            ? ApiError.bad("body", "is not what Content-Encoding says: " + e.getMessage())
            : ApiError.bad("body", "ends too soon");
      }
    }
  }

  private static InputStream inflated(Context ctx, InputStream in) throws IOException {
    String encoding = ctx.header("Content-Encoding");
    String name = encoding == null ? "" : encoding.strip().toLowerCase(Locale.ROOT);
    return switch (name) {
      case "", "identity" -> in;
      case "gzip", "x-gzip" -> new GZIPInputStream(in, PIECE);
      case "deflate" -> deflated(in);
      default -> {
        ctx.header("Accept-Encoding", "gzip, deflate");
        throw new ApiError(
            415,
            "Content-Encoding",
            "Content-Encoding is '" + encoding + "': expected gzip, deflate or identity");
      }
    };
  }

  /** "deflate" means zlib's format (RFC 9110), and some clients send the bare one (RFC 1951). */
  private static InputStream deflated(InputStream in) throws IOException {
    var pushback = new PushbackInputStream(in, ZLIB_HEADER);
    byte[] head = pushback.readNBytes(ZLIB_HEADER);
    pushback.unread(head);
    boolean isZlib =
        head.length == ZLIB_HEADER
            && (head[0] & 0x0F) == 8
            && ((head[0] & 0xFF) << 8 | head[1] & 0xFF) % 31 == 0;
    var inflater = new Inflater(!isZlib);
    return new InflaterInputStream(pushback, inflater, PIECE) {
      @Override
      public void close() throws IOException {
        super.close();
        inflater.end();
      }
    };
  }

  private ApiError tooSlow() {
    return new ApiError(
        408,
        "body",
        "body did not come within "
            + settings.requestTimeout()
            + " (api.requestTimeout) at "
            + settings.minBodyRate()
            + " bytes/s or more (api.minBodyRate)");
  }

  private static ApiError tooLarge(String has, int most) {
    return ApiError.large(
        "body", "has " + has + ": expected at most " + most + " (api.maxBodyBytes)");
  }

  /** What comes over the wire. */
  private static final class Counting extends FilterInputStream {
    private final BodyWatch.Reading reading;
    private final int most;
    private long count;

    Counting(InputStream in, BodyWatch.Reading reading, int most) {
      super(in);
      this.reading = reading;
      this.most = most;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int at, int length) throws IOException {
      if (reading.late()) {
        throw new EOFException("too slow");
      }
      int read = super.read(to, at, length);
      if (read > 0) {
        reading.came(read);
        count += read;
        if (count > most) {
          throw tooLarge("more than " + most + " bytes", most);
        }
      }
      return read;
    }

    @Override
    public void close() {
      // The server's to close: what is left of it may still be thrown away.
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
