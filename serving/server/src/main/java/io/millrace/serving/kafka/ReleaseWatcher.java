package io.millrace.serving.kafka;

import io.millrace.ingest.stream.ReleasePointer;
import io.millrace.ingest.stream.TopicFollower;
import io.millrace.serving.client.EmbeddingRecords;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows {@code model.releases}: the manifests of one model and which version is promoted. */
final class ReleaseWatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReleaseWatcher.class);

  private final String model;
  private final Map<Long, byte[]> manifests = new HashMap<>();
  private final TopicFollower follower;
  private @Nullable Promotion promoted;

  /**
   * Reads the topic to its end.
   *
   * @param consumer closed with this watcher
   */
  ReleaseWatcher(Consumer<byte[], byte[]> consumer, String topic, String model) {
    this.model = model;
    follower = new TopicFollower(consumer, topic, this::accept);
    follower.readToEnd();
  }

  /** Takes what there is. */
  void poll(Duration wait) {
    follower.poll(wait);
  }

  /** The promoted release; null before the first promotion. */
  @Nullable Promotion promoted() {
    return promoted;
  }

  /** A version's manifest; null where the topic has none. */
  byte @Nullable [] manifest(long version) {
    return manifests.get(version);
  }

  private void accept(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return;
    }
    String key = EmbeddingRecords.text(record.key());
    if (key.equals(ReleasePointer.key(model))) {
      point(record);
    } else if (key.startsWith(model + "@")) {
      long version = EmbeddingRecords.versionOf(key);
      if (version < 1) {
        log.warn("a release under key '{}' has no version", key);
      } else if (record.value() == null) {
        manifests.remove(version);
      } else {
        manifests.put(version, record.value());
      }
    }
  }

  private void point(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      log.warn("the pointer of {} was removed; what serves goes on serving", model);
      return;
    }
    try {
      ReleasePointer pointer = ReleasePointer.fromJson(record.value());
      long version = pointer.version();
      promoted =
          new Promotion(
              pointer.promotion() > 0
                  ? pointer.promotion()
                  : Math.max(record.timestamp(), record.offset()),
              version);
      log.info("{}@{} is promoted", model, version);
    } catch (IOException e) {
      log.warn("the pointer of {} at offset {} is not readable", model, record.offset(), e);
    }
  }

  @Override
  public void close() {
    follower.close();
  }
}
