package io.millrace.ops.node;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Ends the process for a restart when the machine's clock was set back. Kafka's clients count their
 * time by it: until it is again where it was they send no heartbeats, so that groups drop them and
 * what they write is aborted, and our own intervals wait as long. Set forward, all goes on.
 */
final class ClockGuard implements Role {
  /** A smaller step heals by itself before a group drops anybody. */
  static final Duration MOST = Duration.ofSeconds(5);

  private static final long LOOK_MILLIS = 500;

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final CountDownLatch over = new CountDownLatch(1);
  private long ahead;

  /**
   * @param clock wall clock
   * @param nanos a time that is never set, such as {@link System#nanoTime}
   */
  ClockGuard(InstantSource clock, LongSupplier nanos) {
    this.clock = clock;
    this.nanos = nanos;
    this.ahead = aheadNow();
  }

  private long aheadNow() {
    return clock.millis() - TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong());
  }

  @Override
  public String name() {
    return "clock";
  }

  /** Fails once the clock was set back. */
  @Override
  public void run() throws InterruptedException {
    do {
      look();
    } while (!over.await(LOOK_MILLIS, TimeUnit.MILLISECONDS));
  }

  /**
   * Compares the clocks.
   *
   * @throws IllegalStateException when the wall clock was set back by more than {@link #MOST}
   */
  void look() {
    long now = aheadNow();
    if (ahead - now > MOST.toMillis()) {
      throw new IllegalStateException(
          "the clock was set back by "
              + Duration.ofMillis(ahead - now).toSeconds()
              + " s, more than "
              + MOST.toSeconds()
              + " s: Kafka's clients would stand still as long; only a new process goes on");
    }
    ahead = Math.max(ahead, now);
  }

  @Override
  public void stop() {
    over.countDown();
  }
}
