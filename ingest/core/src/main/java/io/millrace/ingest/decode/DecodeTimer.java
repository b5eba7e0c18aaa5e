package io.millrace.ingest.decode;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;

/**
 * The time one decode has, asked by the decode itself between rows and reads. What counts is the
 * processor time of its thread, so that a busy machine refuses no image; the wall clock is a far
 * bound, and the only one where the platform does not tell a thread's processor time. Belongs to
 * the thread that made it; others may ask it as well.
 */
final class DecodeTimer {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final boolean TELLS_CPU_TIME =
      THREADS.isThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled();

  /** Thrown through the reader once the time is up. */
  static final class TimeUpException extends IOException {
    private static final long serialVersionUID = 1L;

    TimeUpException() {
      super("time is up");
    }
  }

  private final long threadId = Thread.currentThread().getId();
  private final long cpuLimit;
  private final long wallLimit;
  private final long startNanos = System.nanoTime();
  private final long startCpu = cpuNow();

  /**
   * Starts now, on the thread that decodes.
   *
   * @param cpuLimit processor time
   * @param wallLimit time by the clock
   */
  DecodeTimer(Duration cpuLimit, Duration wallLimit) {
    this.cpuLimit = cpuLimit.toNanos();
    this.wallLimit = wallLimit.toNanos();
  }

  boolean isUp() {
    return isUpSince(0);
  }

  /** Whether one of the limits was passed, by more than so much of its own time. */
  boolean isUpSince(long nanos) {
    return nanosLeft(nanos) <= 0;
  }

  /** The shortest time by the clock after which a limit with this grace can have been passed. */
  long nanosLeft(long grace) {
    long wall = System.nanoTime() - startNanos;
    long left = wallLimit + grace - wall;
    if (!TELLS_CPU_TIME || left <= 0) {
      return left;
    }
    // One thread's processor time is never ahead of the clock, which is cheaper to ask.
    long cpuLeft = cpuLimit + grace - wall;
    if (cpuLeft <= 0) {
      long now = cpuNow();
      cpuLeft = now < 0 ? cpuLeft : cpuLimit + grace - (now - startCpu); // −1: the thread ended
    }
    return Math.min(left, cpuLeft);
  }

  private long cpuNow() {
    return TELLS_CPU_TIME ? THREADS.getThreadCpuTime(threadId) : 0;
  }

  void check() throws TimeUpException {
    if (isUp()) {
      throw new TimeUpException();
    }
  }
}
