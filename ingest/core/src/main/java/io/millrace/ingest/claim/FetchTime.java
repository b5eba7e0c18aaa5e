package io.millrace.ingest.claim;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The time that one fetch has with all its attempts. Another thread may end it. */
final class FetchTime {
  private final long begin = System.nanoTime();
  private final long limit;
  private final CountDownLatch over = new CountDownLatch(1);
  private Runnable abort = () -> {};

  FetchTime(Duration limit) {
    this.limit = limit.toNanos();
  }

  /** Nanoseconds since it began. */
  long spent() {
    return System.nanoTime() - begin;
  }

  /**
   * What ends the attempt that is going on, called at once where the time is over.
   *
   * @param how safe to call from another thread, and more than once
   */
  void onEnd(Runnable how) {
    synchronized (this) {
      abort = how;
    }
    if (isOver()) {
      how.run();
    }
  }

  boolean isOver() {
    return over.getCount() == 0 || spent() > limit;
  }

  void end() {
    over.countDown();
    synchronized (this) {
      abort.run();
    }
  }

  /** Waits for the next attempt; false where the time is over before. */
  boolean pause(Duration pause) throws InterruptedException {
    return spent() + pause.toNanos() < limit && !over.await(pause.toNanos(), TimeUnit.NANOSECONDS);
  }
}
