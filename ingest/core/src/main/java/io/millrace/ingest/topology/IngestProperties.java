package io.millrace.ingest.topology;

import io.millrace.ingest.stream.Topics;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * What Kafka Streams is told. Images are large and already compressed: memory is bounded by bytes,
 * batches are large, nothing is compressed again.
 */
final class IngestProperties {
  private static final int MIB = 1 << 20;
  private static final int PAUSE_PARTITION_AT_RECORDS = 32;
  private static final int POLL_RECORDS = 500;
  private static final int CLAIM_POLL_MILLIS = 10;
  private static final int METADATA_MILLIS = 5_000;

  private IngestProperties() {}

  static Properties of(
      Topics topics, IngestSettings settings, MessageLimits limits, Map<String, Object> client) {
    Properties p = new Properties();
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads());
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, settings.commitInterval().toMillis());
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 4L * MIB);
    p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, PAUSE_PARTITION_AT_RECORDS);

    if (settings.claims().on()) {
      // Between two polls it is looked which images were fetched.
      p.put(StreamsConfig.POLL_MS_CONFIG, CLAIM_POLL_MILLIS);
    }

    consumer(p, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer(p, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, POLL_RECORDS);
    consumer(p, ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 * MIB);
    consumer(p, ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 2 * MIB);
    int session = (int) settings.sessionTimeout().toMillis();
    consumer(p, ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, session);
    consumer(p, ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, session / 5);
    // How soon a new partition is read.
    consumer(p, ConsumerConfig.METADATA_MAX_AGE_CONFIG, METADATA_MILLIS);

    producer(p, ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    producer(p, ProducerConfig.LINGER_MS_CONFIG, 20);
    producer(p, ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    producer(p, ProducerConfig.MAX_REQUEST_SIZE_CONFIG, limits.rejected());
    producer(p, ProducerConfig.BUFFER_MEMORY_CONFIG, Math.max(32L * MIB, 2L * limits.rejected()));
    producer(
        p,
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
        (int) settings.transactionTimeout().toMillis());

    p.putAll(client);
    // Client ids then tell the process, by which its transactions are known (SourceLog).
    p.remove(StreamsConfig.CLIENT_ID_CONFIG);

    p.put(StreamsConfig.APPLICATION_ID_CONFIG, topics.ingestApplicationId());
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG, RejectUnprocessable.class);
    p.put(RejectUnprocessable.RAW, topics.imagesRaw());
    p.put(RejectUnprocessable.REJECTED, topics.imagesRejected());
    return p;
  }

  private static void consumer(Properties p, String key, Object value) {
    p.put(StreamsConfig.mainConsumerPrefix(key), value);
  }

  private static void producer(Properties p, String key, Object value) {
    p.put(StreamsConfig.producerPrefix(key), value);
  }
}
