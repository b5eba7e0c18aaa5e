package io.millrace.ingest.decode;

import java.io.IOException;

/** The time one decode has, asked by the decode itself between rows and reads. */
final class DecodeTimer {
  /** Thrown through the reader once the time is up. */
  static final class TimeUpException extends IOException {
    private static final long serialVersionUID = 1L;

    TimeUpException() {
      super("time is up");
    }
  }

  private final long deadlineNanos;

  /** A timer that ends {@code nanos} from now. */
  DecodeTimer(long nanos) {
    deadlineNanos = System.nanoTime() + nanos;
  }

  boolean isUp() {
    return System.nanoTime() - deadlineNanos > 0;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  void check() throws TimeUpException {
    if (isUp()) {
      throw new TimeUpException();
    }
  }
}
