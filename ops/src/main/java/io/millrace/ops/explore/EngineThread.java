package io.millrace.ops.explore;

import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.learner.tensor.Engine;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An engine of the page's own on a thread of its own: nobody who learns or serves waits for a
 * person who looks. Opened at first use.
 */
final class EngineThread implements AutoCloseable {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(DaemonThreads.ofLowPriority("live-page-engine"));
  private final Supplier<Engine> open;
  private @Nullable Engine engine;

  EngineThread(Supplier<Engine> open) {
    this.open = open;
  }

  /** Computes on the engine, after all that was asked before. */
  <T> Future<T> submit(Function<Engine, T> work) {
    try {
      return thread.submit(() -> work.apply(engine()));
    } catch (java.util.concurrent.RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Engine engine() {
    Engine e = engine;
    if (e == null) {
      e = open.get();
      engine = e;
    }
    return e;
  }

  @Override
  public void close() {
    thread.execute(
        () -> {
          Engine e = engine;
          if (e != null) {
            e.close();
            engine = null;
          }
        });
    thread.shutdown();
    try {
      thread.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
