package io.millrace.serving.kafka;

import io.millrace.ingest.stream.ReleasePointer;
import io.millrace.ingest.stream.TopicFollower;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.ForgetImages;
import io.millrace.serving.http.ReleaseCatalog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The releases as {@code model.releases} has them, followed by a thread of its own. */
public final class KafkaReleaseCatalog implements ReleaseCatalog, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KafkaReleaseCatalog.class);

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final String model;
  private final Supplier<OptionalLong> live;
  private final TreeMap<Long, ReleaseManifest> manifests = new TreeMap<>();
  private final Closing closing = new Closing();
  private final KafkaReleaseLog releases;
  private final ForgetImages images;
  private final Supplier<TopicFollower> followers;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private volatile @Nullable String notFollowed;
  private @Nullable ReleasePointer pointer;

  /**
   * Reads the topic to its end and goes on following it.
   *
   * @param live the version whose embeddings are complete, which answers before any that is only
   *     promoted; empty where none is
   */
  public KafkaReleaseCatalog(
      Map<String, Object> clientSettings,
      Topics topics,
      String model,
      Supplier<OptionalLong> live) {
    this(clientSettings, topics, model, live, ServingClients.of(clientSettings)::reader);
  }

  /** With readers from elsewhere, for tests. */
  KafkaReleaseCatalog(
      Map<String, Object> clientSettings,
      Topics topics,
      String model,
      Supplier<OptionalLong> live,
      Supplier<Consumer<byte[], byte[]>> readers) {
    this.model = model;
    this.live = live;
    boolean ready = false;
    try {
      releases = closing.add(new KafkaReleaseLog(clientSettings, topics.modelReleases()));
      images = closing.add(new ForgetImages(clientSettings, topics.imagesRaw()));
      followers = () -> new TopicFollower(readers.get(), topics.modelReleases(), this::accept);
      TopicFollower first = followers.get();
      try {
        first.readToEnd();
      } catch (RuntimeException e) {
        first.close();
        throw e;
      }
      Thread thread = DaemonThreads.named("release-book", () -> follow(first));
      thread.start();
      closing.add(
          () -> {
            stopping.countDown();
            thread.join(5_000);
          });
      ready = true;
    } finally {
      if (!ready) {
        closing.close();
      }
    }
  }

  /** Follows until it is closed. A follower that fails is replaced; meanwhile health says so. */
  private void follow(TopicFollower first) {
    @Nullable TopicFollower follower = first;
    try {
      while (stopping.getCount() > 0) {
        try {
          if (follower == null) {
            follower = followers.get();
            follower.readToEnd();
            notFollowed = null;
          }
          follower.poll(POLL);
        } catch (RuntimeException e) {
          notFollowed = "releases are not followed: " + e.getMessage();
          log.error("releases are not followed, next try in {}", RETRY, e);
          if (follower != null) {
            follower.close();
            follower = null;
          }
          stopping.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      notFollowed = "releases are no longer followed: the thread has ended";
      if (follower != null) {
        follower.close();
      }
    }
  }

  /** Why the topic is not followed at this moment; null while it is. */
  public @Nullable String notFollowed() {
    return notFollowed;
  }

  private synchronized void accept(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null || record.value() == null) {
      return;
    }
    String key = EmbeddingRecords.text(record.key());
    try {
      if (key.equals(ReleasePointer.key(model))) {
        pointer = ReleasePointer.fromJson(record.value());
      } else if (key.startsWith(model + "@")) {
        ReleaseManifest manifest = ReleaseManifest.fromJson(record.value());
        manifests.put(manifest.version(), manifest);
      }
    } catch (IOException | RuntimeException e) {
      log.warn("the release under key '{}' is not readable: {}", key, e.getMessage());
    }
  }

  @Override
  public String model() {
    return model;
  }

  @Override
  public synchronized List<ReleaseManifest> releases() {
    return List.copyOf(manifests.values());
  }

  @Override
  public OptionalLong serving() {
    OptionalLong complete = live.get();
    if (complete.isPresent()) {
      return complete;
    }
    return promoted();
  }

  @Override
  public synchronized OptionalLong promoted() {
    ReleasePointer now = pointer;
    return now == null ? OptionalLong.empty() : OptionalLong.of(now.version());
  }

  @Override
  public synchronized OptionalLong rollbackTarget() {
    ReleasePointer now = pointer;
    return now == null
        ? OptionalLong.empty()
        : ReleaseDecisions.target(now, List.copyOf(manifests.values()));
  }

  @Override
  public synchronized void promote(long version) {
    new ReleaseDecisions(releases, model).promote(version);
  }

  @Override
  public synchronized void reject(long version, String why) {
    new ReleaseDecisions(releases, model).reject(version, why);
  }

  @Override
  public synchronized ReleaseDecisions.RolledBack rollback() {
    return new ReleaseDecisions(releases, model).rollback();
  }

  @Override
  public void forget(String imageId) {
    images.forget(imageId);
  }

  @Override
  public void close() {
    closing.close();
  }
}
