package io.millrace.serving.kafka;

import io.millrace.ingest.stream.ImageId;
import io.millrace.serving.client.EmbeddingRecords;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Passes a tombstone on to every version that has embeddings and has not passed it: one that has
 * may have embedded the image anew since, where it was sent again. Positions of the other versions
 * are asked for once in a batch and only if it has tombstones.
 */
final class TombstoneFanOut {
  private final long version;
  private final EmbedderContext context;
  private final Map<Long, Map<TopicPartition, Long>> positions = new HashMap<>();

  /** For one batch of a version's embedder. */
  TombstoneFanOut(long version, EmbedderContext context) {
    this.version = version;
    this.context = context;
  }

  void add(PendingImage tombstone, List<ProducerRecord<byte[], byte[]>> records) {
    String imageId = tombstone.id();
    EmbeddingPublisher publisher = context.publisher();
    Set<Long> versions = new TreeSet<>(context.versionsWithEmbeddings().get());
    versions.removeIf(v -> v != version && hasPassed(v, tombstone.record()));
    versions.add(version);
    for (long v : versions) {
      records.add(
          EmbeddingRecords.tombstone(
              publisher.embeddingsTopic(), publisher.embeddingPartitions(), imageId, v));
    }
    if (context.settings().targets()) {
      records.add(
          new ProducerRecord<>(
              context.targetsTopic(),
              EmbeddingRecords.partitionOf(imageId, publisher.embeddingPartitions()),
              ImageId.encode(imageId),
              null));
    }
  }

  private boolean hasPassed(long other, ConsumerRecord<byte[], byte[]> record) {
    long next =
        positions
            .computeIfAbsent(other, v -> context.positions().apply(v))
            .getOrDefault(new TopicPartition(record.topic(), record.partition()), 0L);
    return next > record.offset();
  }
}
