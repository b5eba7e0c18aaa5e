package io.millrace.serving.kafka;

import io.millrace.ingest.stream.TopicReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The Kafka clients of the serving role; tests put others in their place. */
interface ServingClients {
  /**
   * A consumer of one version's group. It never commits by itself nor resets its offsets. It is a
   * static member: started again after a kill it has its partitions back at once.
   */
  Consumer<byte[], byte[]> groupConsumer(String group, String instance, int maxPollRecords);

  /** A consumer without a group, for topics that are read from their start. */
  Consumer<byte[], byte[]> reader();

  /** The transactional producer. */
  Producer<byte[], byte[]> producer(String transactionalId, Duration transactionTimeout);

  /** The admin client. */
  Admin admin();

  /** Clients of a real cluster. */
  static ServingClients of(Map<String, Object> common) {
    return new ServingClients() {
      // Kafka's defaults hold one image; these hold a batch of them.
      private static final int FETCH_BYTES_PER_PARTITION = 16 << 20;
      private static final int FETCH_BYTES = 32 << 20;
      // After this the others take over what a dead process had.
      private static final int SESSION_TIMEOUT_MS = 10_000;
      // How soon a new partition is read.
      private static final int METADATA_MILLIS = 5_000;

      @Override
      public Consumer<byte[], byte[]> groupConsumer(
          String group, String instance, int maxPollRecords) {
        Map<String, Object> config = TopicReader.config(common);
        config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        config.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, instance);
        config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
        config.put(
            ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
            CooperativeStickyAssignor.class.getName());
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, maxPollRecords);
        config.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, METADATA_MILLIS);
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES_PER_PARTITION);
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
        return new KafkaConsumer<>(config);
      }

      @Override
      public Consumer<byte[], byte[]> reader() {
        return TopicReader.open(common);
      }

      @Override
      public Producer<byte[], byte[]> producer(String transactionalId, Duration timeout) {
        Map<String, Object> config = new HashMap<>(common);
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
        config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) timeout.toMillis());
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return new KafkaProducer<>(config);
      }

      @Override
      public Admin admin() {
        Map<String, Object> config = new HashMap<>(common);
        config.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 15_000);
        return Admin.create(config);
      }
    };
  }
}
