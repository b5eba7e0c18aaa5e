package io.millrace.serving.http;

import io.millrace.ingest.threads.DaemonThreads;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends the reading of bodies that come too slowly. A read waits for as long as a client sends
 * nothing, so that a clock of its own looks at all of them and interrupts those that are late.
 */
final class BodyWatch implements AutoCloseable {
  private static final long LOOK_MILLIS = 50;
  private static final Duration GRACE = Duration.ofSeconds(3);
  private static final Duration GRACE_WHILE_MANY_COME = Duration.ofMillis(500);

  private final int many;
  private final Set<Reading> open = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.factory("http-bodies"));

  /**
   * @param many bodies at one time from which on a slow one has less time to begin
   */
  BodyWatch(int many) {
    this.many = many;
    clock.scheduleWithFixedDelay(
        () -> open.forEach(reading -> reading.look(System.nanoTime())),
        LOOK_MILLIS,
        LOOK_MILLIS,
        TimeUnit.MILLISECONDS);
  }

  /**
   * Begins to watch the calling thread read.
   *
   * @param nanosLeft until it must be done
   * @param leastRate bytes a second on average, once the grace is over; 0 for any
   */
  Reading begin(long nanosLeft, long leastRate) {
    var reading = new Reading(nanosLeft, leastRate);
    open.add(reading);
    return reading;
  }

  /** One body on its way. */
  final class Reading implements AutoCloseable {
    private final Thread thread = Thread.currentThread();
    private final long began = System.nanoTime();
    private final long nanosLeft;
    private final long leastRate;
    private volatile long bytes;
    private boolean over;
    private volatile boolean late;

    private Reading(long nanosLeft, long leastRate) {
      this.nanosLeft = nanosLeft;
      this.leastRate = leastRate;
    }

    /** Bytes have come. */
    void came(int more) {
      bytes += more;
    }

    /** Whether it was ended. */
    boolean late() {
      return late;
    }

    private boolean isLate(long now) {
      long elapsed = now - began;
      long grace = (open.size() > many ? GRACE_WHILE_MANY_COME : GRACE).toNanos();
      return elapsed >= nanosLeft
          || elapsed > grace && bytes < leastRate * ((elapsed - grace) / 1e9);
    }

    private synchronized void look(long now) {
      if (!over && !late && isLate(now)) {
        late = true;
        thread.interrupt();
      }
    }

    @Override
    public synchronized void close() {
      over = true;
      open.remove(this);
      if (late) {
        // Whether or not the read has seen it: what comes next on this thread must not.
        Thread.interrupted();
      }
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
