package io.millrace.ingest.source;

import io.millrace.ingest.stream.TopicEnd;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads the compacted topic of positions from its start to its end. */
final class KafkaPublishPositions implements PublishPositions {
  private static final Duration POLL = Duration.ofMillis(100);

  /** Longer than any open transaction of another publisher may live. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Map<String, Object> client;
  private final String topic;

  KafkaPublishPositions(Map<String, Object> client, String topic) {
    this.client = Map.copyOf(client);
    this.topic = topic;
  }

  @Override
  public @Nullable PublishPosition find(String source) {
    Map<TopicPartition, Long> ends;
    try (KafkaConsumer<String, byte[]> consumer = consumer("read_uncommitted")) {
      ends = consumer.endOffsets(partitions(consumer));
    }
    try (KafkaConsumer<String, byte[]> consumer = consumer("read_committed")) {
      List<TopicPartition> partitions = partitions(consumer);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var last = new AtomicReference<byte @Nullable []>();
      // To the end without regard to transactions: an open one of another publisher hides what was
      // committed after it began, maybe our own last position.
      TopicEnd.reach(
          consumer,
          ends,
          PATIENCE,
          () -> {
            for (ConsumerRecord<String, byte[]> found : consumer.poll(POLL)) {
              if (source.equals(found.key())) {
                last.set(found.value());
              }
            }
          });
      byte[] position = last.get();
      return position == null ? null : PublishPosition.fromJson(position);
    } catch (IOException e) {
      throw new PublishException("the position of " + source + " on " + topic + " is damaged", e);
    }
  }

  private List<TopicPartition> partitions(KafkaConsumer<String, byte[]> consumer) {
    return TopicEnd.partitions(consumer, topic);
  }

  private KafkaConsumer<String, byte[]> consumer(String isolation) {
    Map<String, Object> config = new HashMap<>(client);
    config.keySet().removeAll(Set.of(ConsumerConfig.GROUP_ID_CONFIG));
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    return new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
  }
}
