package io.millrace.serving.kafka;

import io.millrace.ingest.stream.TopicEnd;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.StoredEmbedding;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.IndexedVector;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one version's index as {@code embeddings} says: goes on from the positions that the index
 * was committed with, or from the topic's start.
 */
final class IndexFollower implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(IndexFollower.class);
  private static final long REFRESH_MILLIS = 500;
  // Every refresh makes a graph of what came since: where nobody searches yet, few large ones.
  private static final long UNSEEN_REFRESH_MILLIS = 10_000;

  private final Path folder;
  private final ModelVersion version;
  private final String topicId;
  private final SearchSettings settings;
  private final InstantSource clock;
  private final Consumer<byte[], byte[]> consumer;
  private List<TopicPartition> partitions;
  private final String topic;
  private VectorIndex index;
  private Map<TopicPartition, Long> end;
  private boolean stale;
  private boolean uncommitted;
  private long refreshedAt;
  private long committedAt;

  /**
   * @param folder of this version's index alone
   * @param topicId id of the embeddings' topic
   * @param consumer closed with this
   */
  IndexFollower(
      Path folder,
      ModelVersion version,
      String topic,
      String topicId,
      SearchSettings settings,
      Consumer<byte[], byte[]> consumer,
      InstantSource clock)
      throws IOException {
    this.folder = folder;
    this.version = version;
    this.topic = topic;
    this.topicId = topicId;
    this.settings = settings;
    this.clock = clock;
    this.consumer = consumer;
    this.partitions = TopicEnd.partitions(consumer, topic);
    consumer.assign(partitions);
    index = VectorIndex.open(folder, version, topicId, settings, clock.millis());
    Map<Integer, Long> positions = index.positions();
    consumer
        .beginningOffsets(partitions)
        .forEach((p, begin) -> consumer.seek(p, positions.getOrDefault(p.partition(), begin)));
    end = consumer.endOffsets(partitions);
    committedAt = clock.millis();
    log.info("the index of {} holds {} images", version, index.size());
  }

  VectorIndex index() {
    return index;
  }

  /** Images that a search can find now; 0 where the index can't say. */
  int images() {
    try {
      return index.size();
    } catch (IOException | RuntimeException e) {
      return 0;
    }
  }

  /** Whether a search failed to read it. */
  boolean isDamaged() {
    return index.isDamaged();
  }

  /** Reads from partitions that were added too, from their start. */
  void follow(int count) {
    if (count <= partitions.size()) {
      return;
    }
    List<TopicPartition> all =
        IntStream.range(0, count).mapToObj(p -> new TopicPartition(topic, p)).toList();
    List<TopicPartition> added = all.stream().filter(p -> !partitions.contains(p)).toList();
    consumer.assign(all); // those it has keep their positions
    consumer.seekToBeginning(added);
    partitions = all;
    log.info("the index of {} follows {} partitions of {} now", version, count, topic);
  }

  /** Records to read until the end that was captured last. */
  long lag() {
    long lag = 0;
    for (TopicPartition partition : partitions) {
      lag += Math.max(0, end.getOrDefault(partition, 0L) - consumer.position(partition));
    }
    return lag;
  }

  /** Captures the topic's end anew: {@link #lag} is then zero once all until there is read. */
  void aimAtTheEnd() {
    end = consumer.endOffsets(partitions);
  }

  /**
   * Consumes what there is; lets searches see it and keeps it on disk every now and then.
   *
   * @param searched whether searches run against this index
   */
  void runOnce(Duration wait, boolean searched) throws IOException {
    if (isDamaged()) {
      throw new IOException("a search could not read the index in " + folder);
    }
    try {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
        take(record);
      }
    } catch (OffsetOutOfRangeException e) {
      log.warn("the index of {} was committed at offsets that are gone; building it anew", version);
      index.close();
      VectorIndex.delete(folder);
      index = VectorIndex.open(folder, version, topicId, settings, clock.millis());
      consumer.beginningOffsets(partitions).forEach(consumer::seek);
      aimAtTheEnd();
    }
    long now = clock.millis();
    if (now - refreshedAt >= (searched ? REFRESH_MILLIS : UNSEEN_REFRESH_MILLIS)) {
      show();
    }
    if (uncommitted && now - committedAt >= settings.commitEvery().toMillis()) {
      commit();
    }
  }

  /** Lets searches see all that was read. */
  void show() throws IOException {
    if (stale) {
      index.refresh();
      stale = false;
    }
    refreshedAt = clock.millis();
  }

  private void take(ConsumerRecord<byte[], byte[]> record) throws IOException {
    // Positions move on with the records of other versions too, so they are committed like any.
    uncommitted = true;
    if (record.key() == null
        || EmbeddingRecords.versionOf(EmbeddingRecords.text(record.key())) != version.version()) {
      return;
    }
    try {
      StoredEmbedding stored = StoredEmbedding.of(record);
      float[] vector = stored.vector();
      if (vector == null) {
        index.remove(stored.imageId());
      } else {
        index.put(
            new IndexedVector(
                stored.imageId(),
                vector,
                stored.source(),
                stored.headers(),
                stored.timestampMillis(),
                stored.sourcePartition(),
                stored.sourceOffset()));
      }
      stale = true;
    } catch (IllegalArgumentException e) {
      log.warn("skipped of the index: {}", e.getMessage());
    }
  }

  private void commit() throws IOException {
    var positions = new HashMap<Integer, Long>();
    partitions.forEach(p -> positions.put(p.partition(), consumer.position(p)));
    index.commit(positions, clock.millis());
    committedAt = clock.millis();
    uncommitted = false;
  }

  /** Lets go of an index that can't be kept, and of what is left of its files. */
  void abandon() {
    try (consumer) {
      index.close();
    } catch (IOException | RuntimeException e) {
      log.debug("a damaged index of {} does not close", version, e);
    }
    try {
      deleteFiles();
    } catch (IOException e) {
      log.warn("files of the index of {} can't be removed: {}", version, e.toString());
    }
  }

  /** Removes the index from disk, once this is closed. */
  void deleteFiles() throws IOException {
    VectorIndex.delete(folder);
  }

  /** Keeps what there is. */
  @Override
  public void close() {
    try (consumer;
        VectorIndex closing = index) {
      if (uncommitted) {
        commit();
      }
    } catch (IOException e) {
      log.warn("the index of {} could not be kept; it is caught up from the topic", version, e);
    }
  }
}
