package io.millrace.learner.loop;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedBatch;
import io.millrace.ingest.feed.FeedImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.ingest.feed.ImageFeed;
import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.learner.replay.KeptImage;
import io.millrace.learner.replay.ReplaySettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches and decodes ahead of the learner on threads of its own. The queue is bounded: while the
 * learner is behind, nothing is fetched. Order is the feed's, independent of the threads. The feed
 * is used by one thread alone.
 */
final class Prefetcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Prefetcher.class);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final long SHOW_EVERY_NANOS = Duration.ofMillis(500).toNanos();

  private final ImageFeed feed;
  private final Function<byte[], DecodeOutcome> decoder;
  private final LearnerSettings settings;
  private final LearnerMetrics metrics;
  private final InstantSource clock;
  private final BlockingQueue<PreparedBatch> ready;
  private final ExecutorService decoders;
  private final Thread thread;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicReference<@Nullable FeedPosition> toShow = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile OptionalLong lag = OptionalLong.empty();
  private final AtomicLong fetched = new AtomicLong();

  /** Below 0 until the learner has spent the updates that an earlier run owed. */
  private final AtomicLong settled = new AtomicLong(-1);

  private volatile @Nullable Instant drainedAt;
  private long shownAt = System.nanoTime() - SHOW_EVERY_NANOS;

  Prefetcher(LearnerParts parts) {
    this(parts.feed(), parts.decoder(), parts.settings(), parts.metrics(), parts.clock());
  }

  Prefetcher(
      ImageFeed feed,
      Function<byte[], DecodeOutcome> decoder,
      LearnerSettings settings,
      LearnerMetrics metrics,
      InstantSource clock) {
    this.metrics = metrics;
    this.feed = feed;
    this.decoder = decoder;
    this.settings = settings;
    this.clock = clock;
    this.ready = new ArrayBlockingQueue<>(settings.prefetchBatches());
    this.decoders =
        Executors.newFixedThreadPool(
            settings.decodeThreads(), DaemonThreads.factory("millrace-learner-decode"));
    this.thread = DaemonThreads.named("millrace-learner-feed", this::run);
  }

  /** The threads that decode; they end with this. */
  Executor decoders() {
    return decoders;
  }

  void start() {
    thread.start();
  }

  /**
   * The next batch, or null when none came for {@code wait}.
   *
   * @throws IllegalStateException when fetching or decoding failed
   */
  @Nullable PreparedBatch poll(Duration wait) throws InterruptedException {
    PreparedBatch batch = ready.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
    if (batch != null) {
      waiting.addAndGet(-batch.images().size() - batch.undecodable());
      return batch;
    }
    Throwable failed = failure.get();
    if (failed instanceof RuntimeException e) {
      throw e;
    } else if (failed != null) {
      throw new IllegalStateException("the feed failed: " + failed.getMessage(), failed);
    }
    return null;
  }

  /**
   * Says that the learner is done with the batches it polled, this many since the start, and with
   * what an earlier run left.
   */
  void settled(long batches) {
    settled.set(batches);
  }

  /**
   * The latest instant as of which the log held nothing that the learner is not done with; null
   * while something is on its way.
   */
  @Nullable Instant caughtUpTo() {
    Instant at = drainedAt;
    return at != null && fetched.get() == settled.get() ? at : null;
  }

  /** Records the learner has not seen yet: in the log, being decoded, and waiting here. */
  OptionalLong lag() {
    OptionalLong behind = lag;
    return behind.isEmpty()
        ? behind
        : OptionalLong.of(behind.getAsLong() + Math.max(0, waiting.get()));
  }

  /** Has the feed show how far the learner is, from its own thread, twice a second at most. */
  void showProgress(FeedPosition position) {
    toShow.set(position);
  }

  private void run() {
    try {
      while (stopped.getCount() > 0) {
        show();
        long asked = System.nanoTime();
        Instant askedAt = clock.instant();
        FeedBatch batch = feed.next(settings.batchSize(), settings.batchWait());
        if (batch == null) {
          OptionalLong behind = feed.lag();
          lag = behind;
          // Nothing came, but images that still trickle in may be held back in the feed.
          drainedAt = behind.isPresent() && behind.getAsLong() == 0 ? askedAt : null;
          if (System.nanoTime() - asked < PAUSE.toNanos()) {
            stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
          }
          continue;
        }
        metrics.fetched(System.nanoTime() - asked);
        drainedAt = null;
        fetched.incrementAndGet();
        waiting.addAndGet(batch.images().size()); // before the lag that lacks them shows
        lag = feed.lag();
        long fetchedAt = System.nanoTime();
        PreparedBatch prepared = decode(batch);
        metrics.decoded(System.nanoTime() - fetchedAt);
        while (!ready.offer(prepared, 100, TimeUnit.MILLISECONDS)) {
          if (stopped.getCount() == 0) {
            return;
          }
          show();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      if (stopped.getCount() > 0) {
        failure.set(e);
      }
    } finally {
      try {
        showNow();
      } finally {
        feed.close();
      }
    }
  }

  private void show() {
    long now = System.nanoTime();
    if (now - shownAt >= SHOW_EVERY_NANOS) {
      shownAt = now;
      showNow();
    }
  }

  private void showNow() {
    FeedPosition position = toShow.getAndSet(null);
    if (position != null) {
      feed.showProgress(position);
    }
  }

  private PreparedBatch decode(FeedBatch batch) throws InterruptedException, ExecutionException {
    var pending = new ArrayList<Future<@Nullable StreamImage>>();
    for (FeedImage image : batch.images()) {
      pending.add(decoders.submit(() -> decode(image)));
    }
    var images = new ArrayList<StreamImage>();
    for (Future<@Nullable StreamImage> one : pending) {
      StreamImage image = one.get();
      if (image != null) {
        images.add(image);
      }
    }
    return new PreparedBatch(
        List.copyOf(images),
        batch.forgotten(),
        batch.duplicates(),
        batch.gaps(),
        batch.images().size() - images.size(),
        batch.tombstones(),
        batch.withdrawn(),
        batch.next());
  }

  private @Nullable StreamImage decode(FeedImage image) {
    DecodeOutcome outcome = decoder.apply(image.bytes());
    if (outcome instanceof DecodeOutcome.Decoded decoded) {
      ReplaySettings replay = settings.replay();
      PixelImage shrunk = decoded.image().shrinkTo(replay.maxSide());
      return new StreamImage(
          new IdentifiedImage(image.id(), shrunk),
          replay.keepsImages()
              ? KeptImage.of(image.bytes(), decoded.image(), shrunk, replay.form())
              : KeptImage.of(shrunk),
          image.span());
    }
    image.span().failed(outcome.toString());
    image.span().close();
    LOG.warn(
        "image {} (partition {}, offset {}) was accepted and does not decode here: {}",
        image.id(),
        image.partition(),
        image.offset(),
        outcome);
    return null;
  }

  /** Stops fetching; closes the feed from its own thread. Batches not yet taken are dropped. */
  @Override
  public void close() {
    stopped.countDown();
    decoders.shutdown();
    if (thread.getState() == Thread.State.NEW) {
      feed.close();
      return;
    }
    feed.stopWaiting();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
      if (thread.isAlive()) {
        thread.interrupt();
        thread.join(TimeUnit.SECONDS.toMillis(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
