package io.millrace.serving.kafka;

import io.millrace.ingest.stream.ReleasePointer;
import io.millrace.ingest.stream.TopicFollower;
import io.millrace.ingest.stream.Topics;
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
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The releases as {@code model.releases} has them, followed by a thread of its own. */
public final class KafkaReleaseCatalog implements ReleaseCatalog, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KafkaReleaseCatalog.class);

  private final String model;
  private final Supplier<OptionalLong> live;
  private final TreeMap<Long, ReleaseManifest> manifests = new TreeMap<>();
  private final Closing closing = new Closing();
  private final KafkaReleaseLog releases;
  private final ForgetImages images;
  private volatile boolean stopping;
  private long promoted;

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
    this.model = model;
    this.live = live;
    boolean ready = false;
    try {
      releases = closing.add(new KafkaReleaseLog(clientSettings, topics.modelReleases()));
      images = closing.add(new ForgetImages(clientSettings, topics.imagesRaw()));
      var follower =
          new TopicFollower(
              ServingClients.of(clientSettings).reader(), topics.modelReleases(), this::accept);
      follower.readToEnd();
      var thread = new Thread(() -> follow(follower), "release-book");
      thread.setDaemon(true);
      thread.start();
      closing.add(
          () -> {
            stopping = true;
            thread.join(5_000);
          });
      ready = true;
    } finally {
      if (!ready) {
        closing.close();
      }
    }
  }

  private void follow(TopicFollower follower) {
    try (follower) {
      while (!stopping) {
        follower.poll(Duration.ofMillis(200));
      }
    } catch (RuntimeException e) {
      log.error("releases are no longer followed", e);
    }
  }

  private synchronized void accept(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null || record.value() == null) {
      return;
    }
    String key = EmbeddingRecords.text(record.key());
    try {
      if (key.equals(ReleasePointer.key(model))) {
        promoted = ReleasePointer.fromJson(record.value()).version();
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
    synchronized (this) {
      return promoted == 0 ? OptionalLong.empty() : OptionalLong.of(promoted);
    }
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
  public synchronized long rollback() {
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
