package io.millrace.serving.kafka;

import io.millrace.ingest.stream.TopicEnd;
import io.millrace.serving.client.EmbeddingRecords;
import io.millrace.serving.client.RefreshRecord;
import io.millrace.serving.client.RefreshState;
import io.millrace.serving.embed.ModelVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes versions, a slice at a time: first their positions (a version promoted again then starts
 * at the log's start), then a tombstone for each of their keys, then their refresh records. Those
 * name what is still to be done, so a retirement cut short is begun again.
 */
final class Retirement implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Retirement.class);

  private final RefreshState board;
  private final EmbeddingPublisher publisher;
  private final String refreshTopic;
  private final ServingMetrics metrics;
  private final Set<Long> versions;
  private final Map<TopicPartition, Long> end;
  private final Consumer<byte[], byte[]> consumer;
  private final Map<Long, Long> tombstoned = new HashMap<>();

  /**
   * Begins.
   *
   * @param versions whose positions are gone: see {@link #removePositions}
   * @param consumer closed with this
   */
  Retirement(
      Set<Long> versions,
      Consumer<byte[], byte[]> consumer,
      RefreshState board,
      EmbeddingPublisher publisher,
      String refreshTopic,
      ServingMetrics metrics) {
    this.versions = versions;
    this.consumer = consumer;
    this.board = board;
    this.publisher = publisher;
    this.refreshTopic = refreshTopic;
    this.metrics = metrics;
    List<TopicPartition> partitions = TopicEnd.partitions(consumer, publisher.embeddingsTopic());
    consumer.assign(partitions);
    consumer.beginningOffsets(partitions).forEach(consumer::seek);
    end = consumer.endOffsets(partitions);
  }

  /**
   * Removes the consumer groups of versions.
   *
   * @return the versions whose group is gone; a group with members stays
   */
  static Set<Long> removePositions(Admin admin, String prefix, String model, Set<Long> versions) {
    Set<Long> removed = new TreeSet<>();
    for (long version : versions) {
      String group = VersionEmbedder.group(prefix, new ModelVersion(model, version));
      try {
        admin.deleteConsumerGroups(List.of(group)).all().get();
        removed.add(version);
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof GroupIdNotFoundException) {
          removed.add(version);
        } else {
          log.info("{}@{} is not retired yet: {}", model, version, e.getCause().getMessage());
        }
      }
    }
    return removed;
  }

  Set<Long> versions() {
    return versions;
  }

  /**
   * Does one slice.
   *
   * @return whether all is done
   */
  boolean runOnce() {
    var keys = new LinkedHashSet<String>();
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
      if (record.key() == null) {
        continue;
      }
      String key = EmbeddingRecords.text(record.key());
      if (!versions.contains(EmbeddingRecords.versionOf(key))) {
        continue;
      }
      if (record.value() == null) {
        keys.remove(key);
      } else {
        keys.add(key);
      }
    }
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String key : keys) {
      long version = EmbeddingRecords.versionOf(key);
      records.add(
          EmbeddingRecords.tombstone(
              publisher.embeddingsTopic(),
              publisher.embeddingPartitions(),
              EmbeddingRecords.imageIdOf(key),
              version));
    }
    boolean atEnd =
        end.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
    if (atEnd) {
      addRefreshTombstones(records);
    }
    if (!records.isEmpty() && !publisher.publish(records, Map.of(), null)) {
      metrics.aborted();
      consumer.beginningOffsets(end.keySet()).forEach(consumer::seek);
      return false;
    }
    keys.forEach(key -> tombstoned.merge(EmbeddingRecords.versionOf(key), 1L, Long::sum));
    if (atEnd) {
      for (long version : new HashSet<>(versions)) {
        long count = tombstoned.getOrDefault(version, 0L);
        metrics.retired(version, count);
        log.info("version {} is retired: {} embeddings tombstoned", version, count);
      }
    }
    return atEnd;
  }

  private void addRefreshTombstones(List<ProducerRecord<byte[], byte[]>> records) {
    for (long version : versions) {
      for (RefreshRecord record : board.of(version)) {
        records.add(new ProducerRecord<>(refreshTopic, EmbeddingRecords.bytes(record.key()), null));
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
