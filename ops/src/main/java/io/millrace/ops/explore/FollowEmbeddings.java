package io.millrace.ops.explore;

import io.millrace.ingest.stream.TopicEnd;
import io.millrace.ops.dashboard.ThumbnailCache;
import io.millrace.serving.client.EmbeddingRecords;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongPredicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the topic {@code embeddings}, in each partition from as many records before its end as
 * the sample holds.
 */
public final class FollowEmbeddings {
  private static final Logger log = LoggerFactory.getLogger(FollowEmbeddings.class);
  private static final Duration WAIT = Duration.ofMillis(500);

  private final String topic;
  private final RecentEmbeddings recent;
  private final EmbeddingSample sample;
  private final ThumbnailCache thumbnails;
  private final LongPredicate serves;

  /**
   * @param thumbnails loses the pictures of images that are forgotten
   * @param serves whether a version is the one that {@code model@serving} names. It is never
   *     retired, so an image that loses its embedding is forgotten; others are, newer ones too
   *     where they are rejected.
   */
  public FollowEmbeddings(
      String topic,
      RecentEmbeddings recent,
      EmbeddingSample sample,
      ThumbnailCache thumbnails,
      LongPredicate serves) {
    this.topic = topic;
    this.recent = recent;
    this.sample = sample;
    this.thumbnails = thumbnails;
    this.serves = serves;
  }

  /** Reads until told to stop. */
  public void run(Consumer<byte[], byte[]> consumer, CountDownLatch stop) {
    List<TopicPartition> partitions = TopicEnd.partitions(consumer, topic);
    consumer.assign(partitions);
    consumer
        .endOffsets(partitions)
        .forEach(
            (partition, end) -> consumer.seek(partition, Math.max(0, end - sample.capacity())));
    while (stop.getCount() > 0) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(WAIT)) {
        take(record);
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    int at = key.lastIndexOf('@');
    if (at < 0 || !key.substring(at + 1).matches("\\d{1,18}")) {
      log.warn("record {} of {} has the key '{}'", record.offset(), topic, key);
      return;
    }
    long version = Long.parseLong(key.substring(at + 1));
    String id = key.substring(0, at);
    if (record.value() == null) {
      recent.remove(version, id);
      if (serves.test(version)) {
        sample.remove(id);
        thumbnails.remove(id);
      } else {
        sample.remove(version, id);
      }
      return;
    }
    try {
      float[] vector = EmbeddingRecords.vector(record.value());
      recent.put(version, id, vector);
      sample.put(version, EmbeddedImage.of(id, record.headers()), vector);
      if (serves.test(version)) {
        thumbnails.allow(id);
      }
    } catch (IllegalArgumentException e) {
      log.warn("record {} of {} is no embedding: {}", record.offset(), topic, e.getMessage());
    }
  }
}
