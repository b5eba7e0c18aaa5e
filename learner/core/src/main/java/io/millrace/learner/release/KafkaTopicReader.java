package io.millrace.learner.release;

import io.millrace.ingest.stream.TopicEnd;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads a small compacted topic from its start to the end it has at the moment of asking. */
final class KafkaTopicReader {
  private static final Duration POLL = Duration.ofMillis(200);

  private KafkaTopicReader() {}

  /**
   * Hands over every committed key and value, null for a tombstone, partition by partition in
   * order.
   *
   * @throws IllegalStateException when the topic is not there or its end is not reached in time
   */
  static void readAll(
      Map<String, Object> client,
      String topic,
      Duration timeout,
      BiConsumer<String, byte @org.jspecify.annotations.Nullable []> each) {
    readAll(client, topic, timeout, "read_committed", each);
  }

  /**
   * The same, at a level of isolation: an open transaction of somebody's holds up nobody who reads
   * uncommitted records.
   */
  static void readAll(
      Map<String, Object> client,
      String topic,
      Duration timeout,
      String isolation,
      BiConsumer<String, byte @org.jspecify.annotations.Nullable []> each) {
    var config = new HashMap<>(client);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.remove(ConsumerConfig.GROUP_ID_CONFIG);
    // To the end without regard to transactions: an open one of another model's writer hides what
    // was committed after it began, and an epoch read too low would be given twice.
    Map<TopicPartition, Long> ends;
    var all = new HashMap<>(config);
    all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    try (var consumer =
        new KafkaConsumer<>(all, new StringDeserializer(), new ByteArrayDeserializer())) {
      ends = consumer.endOffsets(TopicEnd.partitions(consumer, topic), timeout);
    }
    try (var consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = TopicEnd.partitions(consumer, topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      TopicEnd.reach(
          consumer,
          ends,
          timeout,
          () -> {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
              if (record.key() != null) {
                each.accept(record.key(), record.value());
              }
            }
          });
    }
  }
}
