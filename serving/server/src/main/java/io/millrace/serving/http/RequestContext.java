package io.millrace.serving.http;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/**
 * One request that is in: how much time it has, {@code api.requestTimeout} from when it came, and
 * how many of the bytes that bodies may take it holds.
 */
final class RequestContext {
  private static final String KEY = RequestContext.class.getName();

  private final Duration limit;
  private final LongSupplier nanos;
  private final long end;
  private final Semaphore bytes;
  private int held;

  /**
   * @param limit from now on
   * @param nanos a clock that only goes forward, in nanoseconds
   * @param bytes those that bodies may still take, of all visits together
   */
  RequestContext(Duration limit, LongSupplier nanos, Semaphore bytes) {
    this.limit = limit;
    this.nanos = nanos;
    this.end = nanos.getAsLong() + limit.toNanos();
    this.bytes = bytes;
  }

  /** Makes this the visit of a request. */
  void begin(Context ctx) {
    ctx.attribute(KEY, this);
  }

  /** A request's. */
  static RequestContext of(Context ctx) {
    RequestContext request = ctx.attribute(KEY);
    if (request == null) {
      throw new IllegalStateException("a request that did not come through the guard");
    }
    return request;
  }

  /** Time left; 0 or less when it is over. */
  long nanosLeft() {
    return end - nanos.getAsLong();
  }

  /** Throws when the time is over. */
  void check() {
    if (nanosLeft() <= 0) {
      throw over();
    }
  }

  /** What to answer then. */
  ApiError over() {
    return new ApiError(503, null, "no answer within " + limit + " (api.requestTimeout)");
  }

  /** Takes more of its body in; throws where its time is over or bodies have no more room. */
  void take(int more) {
    if (nanosLeft() <= 0) {
      throw new ApiError(
          408, "body", "body did not come within " + limit + " (api.requestTimeout)");
    }
    if (!bytes.tryAcquire(more)) {
      throw new ApiError(429, null, "other requests' bodies fill the memory there is for them");
    }
    held += more;
  }

  /** Gives back what it holds. */
  void end() {
    bytes.release(held);
    held = 0;
  }
}
