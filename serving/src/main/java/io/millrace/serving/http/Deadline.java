package io.millrace.serving.http;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.function.LongSupplier;

/** When a request is given up, whatever it is at: {@code api.requestTimeout} after it came in. */
final class Deadline {
  private static final String KEY = Deadline.class.getName();

  private final Duration limit;
  private final LongSupplier nanos;
  private final long end;

  /**
   * @param limit from now on
   * @param nanos a clock that only goes forward, in nanoseconds
   */
  Deadline(Duration limit, LongSupplier nanos) {
    this.limit = limit;
    this.nanos = nanos;
    this.end = nanos.getAsLong() + limit.toNanos();
  }

  /** Begins a request's time. */
  static void begin(Context ctx, Duration limit) {
    ctx.attribute(KEY, new Deadline(limit, System::nanoTime));
  }

  /** A request's. */
  static Deadline of(Context ctx) {
    Deadline deadline = ctx.attribute(KEY);
    if (deadline == null) {
      throw new IllegalStateException("a request that did not come through the guard");
    }
    return deadline;
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

  /** What to answer where the client took all the time for its body. */
  ApiError slowBody() {
    return new ApiError(408, "body", "body did not come within " + limit + " (api.requestTimeout)");
  }
}
