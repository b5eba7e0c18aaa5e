package io.millrace.ingest.stream;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Consumers that see committed records only and neither commit nor reset an offset themselves. */
public final class TopicReader {
  private TopicReader() {}

  /**
   * Settings of such a consumer, for keys and values in bytes. It creates no topic.
   *
   * @param client what every Kafka client needs: bootstrap servers, security
   * @return a map that the caller may change
   */
  public static Map<String, Object> config(Map<String, Object> client) {
    Map<String, Object> config = new HashMap<>(client);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
    return config;
  }

  /** A consumer without a group, for topics that are read from their start. */
  public static Consumer<byte[], byte[]> open(Map<String, Object> client) {
    return new KafkaConsumer<>(config(client));
  }
}
