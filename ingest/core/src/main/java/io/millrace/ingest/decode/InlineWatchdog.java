package io.millrace.ingest.decode;

import io.millrace.ingest.threads.DaemonThreads;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sees decodes on callers' threads that go on long after their time is up. A decode costs it two
 * writes to memory; the readers end themselves by their timer, so only a reader that ignores it is
 * ever seen here.
 */
final class InlineWatchdog implements AutoCloseable {
  /** One caller's thread. */
  static final class Slot {
    private final Thread thread = Thread.currentThread();
    private volatile @Nullable DecodeTimer running;
    private @Nullable DecodeTimer reported; // guarded by the slot
  }

  /** What a decode may go beyond its limits before it counts as hung: as long again. */
  private final long graceNanos;

  private final Runnable onHung;
  private final Set<Slot> slots = ConcurrentHashMap.newKeySet();
  private final ThreadLocal<Slot> own =
      ThreadLocal.withInitial(
          () -> {
            Slot slot = new Slot();
            slots.add(slot);
            return slot;
          });
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(DaemonThreads.factory("decode-watchdog"));

  /**
   * @param timeLimit a decode is hung when it runs for twice this long
   * @param onHung called once for each hung decode, on the watchdog's thread
   */
  InlineWatchdog(Duration timeLimit, Runnable onHung) {
    this.graceNanos = timeLimit.toNanos();
    this.onHung = onHung;
    long period = Math.max(1_000_000, timeLimit.toNanos() / 4);
    watch.scheduleWithFixedDelay(this::look, period, period, TimeUnit.NANOSECONDS);
  }

  Slot enter(DecodeTimer timer) {
    Slot slot = own.get();
    slot.running = timer;
    return slot;
  }

  /** Ends a decode; whether it had been reported as hung. */
  boolean leave(Slot slot) {
    DecodeTimer timer = slot.running;
    slot.running = null;
    if (timer == null || !timer.isUpSince(graceNanos)) {
      return false; // the watchdog can't have reported it
    }
    synchronized (slot) {
      return slot.reported == timer;
    }
  }

  private void look() {
    for (Slot slot : slots) {
      if (!slot.thread.isAlive()) {
        slots.remove(slot);
        continue;
      }
      boolean found = false;
      synchronized (slot) {
        DecodeTimer timer = slot.running;
        if (timer != null && slot.reported != timer && timer.isUpSince(graceNanos)) {
          slot.reported = timer;
          found = true;
        }
      }
      if (found) {
        onHung.run();
      }
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }
}
