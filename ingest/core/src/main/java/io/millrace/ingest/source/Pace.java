package io.millrace.ingest.source;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Time for a publisher, and a sleep that ends when it is told to stop. */
interface Pace {
  /** Nanoseconds from some start. */
  long nanoTime();

  /** Waits; returns early once {@code stop} is down. */
  void sleep(long nanos, CountDownLatch stop) throws InterruptedException;

  /** The system's. */
  Pace SYSTEM =
      new Pace() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public void sleep(long nanos, CountDownLatch stop) throws InterruptedException {
          stop.await(nanos, TimeUnit.NANOSECONDS);
        }
      };
}
