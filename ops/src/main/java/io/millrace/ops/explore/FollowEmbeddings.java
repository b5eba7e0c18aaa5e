package io.millrace.ops.explore;

import io.millrace.ingest.stream.TopicEnd;
import io.millrace.serving.embed.Embedding;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows the topic {@code embeddings} from shortly before its end. */
public final class FollowEmbeddings {
  private static final Logger log = LoggerFactory.getLogger(FollowEmbeddings.class);
  private static final Duration WAIT = Duration.ofMillis(500);
  private static final long BACK = 2_000;

  private final String topic;
  private final RecentEmbeddings into;
  private final java.util.function.Consumer<String> forgotten;

  /**
   * @param forgotten is told the ids of images that were forgotten
   */
  public FollowEmbeddings(
      String topic, RecentEmbeddings into, java.util.function.Consumer<String> forgotten) {
    this.topic = topic;
    this.into = into;
    this.forgotten = forgotten;
  }

  /** Reads until told to stop. */
  public void run(Consumer<byte[], byte[]> consumer, CountDownLatch stop) {
    List<TopicPartition> partitions = TopicEnd.partitions(consumer, topic);
    consumer.assign(partitions);
    consumer
        .endOffsets(partitions)
        .forEach((partition, end) -> consumer.seek(partition, Math.max(0, end - BACK)));
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
      if (into.remove(version, id)) {
        forgotten.accept(id);
      }
      return;
    }
    try {
      into.put(version, id, Embedding.fromLittleEndian(record.value()));
    } catch (IllegalArgumentException e) {
      log.warn("record {} of {} is no embedding: {}", record.offset(), topic, e.getMessage());
    }
  }
}
