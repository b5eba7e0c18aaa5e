package io.millrace.ingest.decode;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Decodes on threads that can be given up: the caller waits no longer than the limit and a grace.
 */
final class DecodeWorkers implements AutoCloseable {
  /** A decode. */
  @FunctionalInterface
  interface Work {
    PixelImage run(DecodeTimer timer) throws DecodeException;
  }

  private static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Duration timeLimit;
  private final Runnable onHung;
  private final Runnable onRecovered;
  private final AtomicInteger count = new AtomicInteger();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "decode-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param onHung called when a thread is given up
   * @param onRecovered called when such a thread comes to its end after all
   */
  DecodeWorkers(Duration timeLimit, Runnable onHung, Runnable onRecovered) {
    this.timeLimit = timeLimit;
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
    boolean done;
    try {
      done = task.done.await(timeLimit.toNanos() + GRACE_NANOS, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while decoding", e);
    }
    if (!done && task.giveUp()) {
      onHung.run();
      throw timeUp(timeLimit);
    }
    return task.result();
  }

  static DecodeException timeUp(Duration limit) {
    return new DecodeException(
        RejectionReason.DECODE_TIMEOUT, "no pixels after " + limit.toMillis() + " ms, the limit");
  }

  @Override
  public void close() {
    threads.shutdown();
  }

  private final class Task implements Runnable {
    private final Work work;
    private final DecodeTimer timer = new DecodeTimer(timeLimit.toNanos());
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
