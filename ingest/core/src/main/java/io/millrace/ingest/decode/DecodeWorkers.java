package io.millrace.ingest.decode;

import io.millrace.ingest.threads.DaemonThreads;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Decodes on threads that can be given up: the caller waits no longer than the limits and a grace.
 */
final class DecodeWorkers implements AutoCloseable {
  /** A decode. */
  @FunctionalInterface
  interface Work {
    PixelImage run(DecodeTimer timer) throws DecodeException;
  }

  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final DecodeLimits limits;
  private final Runnable onHung;
  private final Runnable onRecovered;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(DaemonThreads.numbered("decode-"));

  /**
   * @param onHung called when a thread is given up
   * @param onRecovered called when such a thread comes to its end after all
   */
  DecodeWorkers(DecodeLimits limits, Runnable onHung, Runnable onRecovered) {
    this.limits = limits;
    this.onHung = onHung;
    this.onRecovered = onRecovered;
  }

  PixelImage run(Work work) throws DecodeException {
    Task task = new Task(work);
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("the decoder is closed", e);
    }
    try {
      DecodeTimer timer = task.started.get();
      boolean done = false;
      for (long left = timer.nanosLeft(GRACE_NANOS);
          !done && left > 0;
          left = timer.nanosLeft(GRACE_NANOS)) {
        done = task.done.await(left, TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while decoding", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a decode did not start", e);
    }
    if (task.giveUp()) {
      onHung.run();
      throw timeUp(limits);
    }
    return task.result();
  }

  static DecodeException timeUp(DecodeLimits limits) {
    return new DecodeException(
        RejectionReason.DECODE_TIMEOUT,
        "no pixels after %d ms of processor time or %d ms by the clock, the limits"
            .formatted(limits.timeLimit().toMillis(), limits.wallLimit().toMillis()));
  }

  @Override
  public void close() {
    threads.shutdown();
  }

  private final class Task implements Runnable {
    private final Work work;
    private final CompletableFuture<DecodeTimer> started = new CompletableFuture<>();
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicBoolean settled = new AtomicBoolean();
    private @Nullable PixelImage image;
    private @Nullable DecodeException rejection;
    private @Nullable Throwable failure;

    Task(Work work) {
      this.work = work;
    }

    @Override
    public void run() {
      DecodeTimer timer = new DecodeTimer(limits.timeLimit(), limits.wallLimit());
      started.complete(timer);
      try {
        image = work.run(timer);
      } catch (DecodeException e) {
        rejection = e;
      } catch (RuntimeException | Error e) {
        failure = e;
      }
      if (settled.compareAndSet(false, true)) {
        done.countDown();
      } else {
        onRecovered.run();
      }
    }

    /** Takes the task away from its thread; false when it ended just now. */
    boolean giveUp() {
      return settled.compareAndSet(false, true);
    }

    PixelImage result() throws DecodeException {
      try {
        done.await(); // no wait: the task has settled
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while decoding", e);
      }
      if (failure instanceof Error error) {
        throw error; // out of memory and the like: the caller's to handle
      }
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (rejection != null) {
        throw rejection;
      }
      if (image == null) {
        throw new IllegalStateException("a decode ended without a result");
      }
      return image;
    }
  }
}
