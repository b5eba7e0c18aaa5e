package io.millrace.serving.client;

import io.millrace.ingest.stream.TopicEnd;
import io.millrace.ingest.stream.TopicFollower;
import io.millrace.ingest.stream.TopicReader;
import io.millrace.ingest.stream.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscriber's view of {@code embeddings}: one version's vectors by image id, as they are and as
 * they change. Used by one thread.
 *
 * <pre>{@code
 * try (var reader = new EmbeddingReader(Map.of("bootstrap.servers", "localhost:9092"),
 *     Topics.defaults(), "model")) {
 *   long version = reader.liveVersion(Duration.ofSeconds(10)).orElseThrow();
 *   Map<String, StoredEmbedding> vectors = reader.readAll(version);
 *   while (reader.liveVersion().equals(OptionalLong.of(version))) {
 *     for (StoredEmbedding change : reader.poll(Duration.ofSeconds(1))) {
 *       if (change.vector() == null) vectors.remove(change.imageId());
 *       else vectors.put(change.imageId(), change);
 *     }
 *   }
 * }
 * }</pre>
 */
public final class EmbeddingReader implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddingReader.class);

  private final RefreshState board;
  private final TopicFollower refreshes;
  private final Consumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private long version = -1;

  /**
   * Connects.
   *
   * @param clientSettings what every Kafka client needs: bootstrap servers, security
   * @throws IllegalStateException when a topic does not exist
   */
  public EmbeddingReader(Map<String, Object> clientSettings, Topics topics, String model) {
    board = new RefreshState(model);
    consumer = TopicReader.open(clientSettings);
    boolean ready = false;
    try {
      partitions = TopicEnd.partitions(consumer, topics.embeddings());
      refreshes = board.follow(TopicReader.open(clientSettings), topics.embeddingRefresh());
      ready = true;
    } finally {
      if (!ready) {
        Utils.closeQuietly(consumer, "consumer of embeddings");
      }
    }
  }

  /** The version that serves now: the one that was completed for the latest promotion. */
  public OptionalLong liveVersion() {
    refreshes.readToEnd();
    return board.live();
  }

  /**
   * The version that serves; where there is none yet, waits for news of one.
   *
   * @param wait how long at most
   */
  public OptionalLong liveVersion(Duration wait) {
    OptionalLong now = liveVersion();
    if (now.isEmpty()) {
      refreshes.poll(wait);
    }
    return board.live();
  }

  /** Goes to the topic's start; {@link #poll} then returns records of this version only. */
  public void read(long newVersion) {
    version = newVersion;
    consumer.assign(partitions);
    consumer.beginningOffsets(partitions).forEach(consumer::seek);
  }

  /**
   * The version's vectors by image id, as they are now; {@link #poll} goes on from there.
   *
   * @return a map that the caller may change
   */
  public Map<String, StoredEmbedding> readAll(long newVersion) {
    read(newVersion);
    var vectors = new HashMap<String, StoredEmbedding>();
    TopicEnd.reach(
        consumer,
        consumer.endOffsets(partitions),
        TopicFollower.PATIENCE,
        () -> {
          for (StoredEmbedding change : poll(TopicFollower.POLL)) {
            if (change.vector() == null) {
              vectors.remove(change.imageId());
            } else {
              vectors.put(change.imageId(), change);
            }
          }
        });
    return vectors;
  }

  /**
   * What is new of the version that {@link #read} named, in order within an image.
   *
   * @param wait how long to wait for records of any version
   */
  public List<StoredEmbedding> poll(Duration wait) {
    var changes = new ArrayList<StoredEmbedding>();
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
      if (record.key() == null
          || EmbeddingRecords.versionOf(EmbeddingRecords.text(record.key())) != version) {
        continue;
      }
      try {
        changes.add(StoredEmbedding.of(record));
      } catch (IllegalArgumentException e) {
        log.warn("skipped: {}", e.getMessage());
      }
    }
    return changes;
  }

  @Override
  public void close() {
    Utils.closeQuietly(refreshes, "consumer of refreshes");
    Utils.closeQuietly(consumer, "consumer of embeddings");
  }
}
