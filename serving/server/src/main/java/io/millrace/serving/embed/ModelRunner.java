package io.millrace.serving.embed;

import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs releases for callers on one thread with an engine of its own, so that neither learning nor
 * embedding the stream waits for a call. The releases used last stay loaded.
 */
public final class ModelRunner implements AutoCloseable {
  /** What a caller wants of a model, on the runner's thread. */
  @FunctionalInterface
  public interface Work<T> {
    T of(ServedModel model) throws Exception;
  }

  private final ReleaseReader reader;
  private final Supplier<Engine> engines;
  private final int keep;
  private final ThreadPoolExecutor thread;
  private final LinkedHashMap<ModelVersion, ServedModel> loaded =
      new LinkedHashMap<>(8, 0.75f, true);
  private @Nullable Engine engine;

  /**
   * @param engines opens the engine, on the runner's thread, at the first call
   * @param keep releases that stay loaded
   * @param waiting calls that may wait
   */
  public ModelRunner(ReleaseReader reader, Supplier<Engine> engines, int keep, int waiting) {
    this.reader = reader;
    this.engines = engines;
    this.keep = keep;
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(waiting),
            DaemonThreads.factory("serving-calls"));
  }

  /**
   * Asks for work on a release; one that is canceled before its turn is skipped.
   *
   * @return completes exceptionally with {@link ReleaseNotLoadedException} when it can't be loaded
   * @throws BusyException when too many wait
   */
  public <T> Future<T> submit(ReleaseManifest manifest, Work<T> work) throws BusyException {
    Callable<T> task = () -> work.of(model(manifest));
    try {
      return thread.submit(task);
    } catch (RejectedExecutionException e) {
      thread.purge();
      throw new BusyException(thread.getQueue().size());
    }
  }

  private ServedModel model(ReleaseManifest manifest) throws ReleaseNotLoadedException {
    var version = new ModelVersion(manifest.model(), manifest.version());
    ServedModel known = loaded.get(version);
    if (known != null) {
      return known;
    }
    Iterator<Map.Entry<ModelVersion, ServedModel>> oldest = loaded.entrySet().iterator();
    while (loaded.size() >= keep && oldest.hasNext()) {
      oldest.next().getValue().close();
      oldest.remove();
    }
    try {
      Engine on = engine;
      if (on == null) {
        on = engines.get();
        engine = on;
      }
      var made = new ServedModel(reader.load(manifest, on));
      loaded.put(version, made);
      return made;
    } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
      throw new ReleaseNotLoadedException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Ends after the call under way; those that wait are dropped. */
  @Override
  public void close() {
    if (thread.isShutdown()) {
      return;
    }
    thread.getQueue().clear();
    thread.submit(
        () -> {
          loaded.values().forEach(ServedModel::close);
          loaded.clear();
          if (engine != null) {
            engine.close();
          }
        });
    thread.shutdown();
    try {
      if (!thread.awaitTermination(30, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
