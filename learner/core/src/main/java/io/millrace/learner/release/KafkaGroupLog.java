package io.millrace.learner.release;

import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.membership.GroupLog;
import io.millrace.learner.membership.GroupSettings;
import io.millrace.learner.membership.Heartbeat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Heartbeats on {@code learner.members} as they come from now on, and every committed record of
 * {@code learner.lease}. Nothing here waits for the broker longer than a heartbeat: a process that
 * waits would seem to stand still.
 */
public final class KafkaGroupLog implements GroupLog {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaGroupLog.class);

  /** Its records say a model's lease under the model's name; claims have a prefix. */
  private static final String CLAIM = "claim/";

  private final String members;
  private final String lease;
  private final Producer<String, byte[]> producer;
  private final KafkaConsumer<String, byte[]> consumer;
  private boolean failing;

  private KafkaGroupLog(
      String members,
      String lease,
      Producer<String, byte[]> producer,
      KafkaConsumer<String, byte[]> consumer) {
    this.members = members;
    this.lease = lease;
    this.producer = producer;
    this.consumer = consumer;
  }

  /**
   * Opens it; both topics have one partition.
   *
   * @param client Kafka client settings: bootstrap servers, security
   * @param members topic of heartbeats
   * @param lease topic of the lease
   */
  public static KafkaGroupLog open(
      Map<String, Object> client, String members, String lease, GroupSettings settings) {
    int beat = (int) settings.heartbeat().toMillis();
    int silence = (int) settings.silence().toMillis();
    var sends = new HashMap<>(client);
    sends.put(ProducerConfig.ACKS_CONFIG, "1");
    sends.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
    sends.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    sends.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Math.max(1, beat / 2));
    sends.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, silence);
    sends.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, silence);
    quick(sends, beat);
    var reads = new HashMap<>(client);
    reads.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    reads.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    reads.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    reads.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    reads.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, Math.max(1, beat / 2));
    reads.remove(ConsumerConfig.GROUP_ID_CONFIG);
    quick(reads, beat);
    var producer = new KafkaProducer<>(sends, new StringSerializer(), new ByteArraySerializer());
    var consumer =
        new KafkaConsumer<>(reads, new StringDeserializer(), new ByteArrayDeserializer());
    var ofMembers = new TopicPartition(members, 0);
    var ofLease = new TopicPartition(lease, 0);
    consumer.assign(List.of(ofMembers, ofLease));
    consumer.seekToEnd(List.of(ofMembers));
    consumer.seekToBeginning(List.of(ofLease));
    return new KafkaGroupLog(members, lease, producer, consumer);
  }

  /** After a broker was away, the first heartbeat is to come through soon. */
  private static void quick(Map<String, Object> config, int beat) {
    config.put("reconnect.backoff.ms", Math.max(1, beat / 10));
    config.put("reconnect.backoff.max.ms", Math.max(1, beat));
    config.put("retry.backoff.ms", Math.max(1, beat / 10));
    config.put("retry.backoff.max.ms", Math.max(1, beat));
  }

  @Override
  public void send(Heartbeat beat) {
    try {
      producer.send(
          new ProducerRecord<>(members, beat.member(), ReleaseJson.write(beat)),
          (sent, failure) -> told(failure));
    } catch (KafkaException e) {
      told(e);
    }
  }

  /** Says so once for each time that the log is out of reach. */
  private synchronized void told(@org.jspecify.annotations.Nullable Exception failure) {
    if (failure != null && !failing) {
      LOG.warn("heartbeats don't reach {}: {}", members, failure.toString());
    } else if (failure == null && failing) {
      LOG.info("heartbeats reach {} again", members);
    }
    failing = failure != null;
  }

  @Override
  public void poll(Duration wait, Reader reader) {
    try {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(wait)) {
        if (record.key() != null && record.value() != null) {
          hand(record, reader);
        }
      }
    } catch (RetriableException e) {
      LOG.warn("{} and {} can't be read now: {}", members, lease, e.toString());
    }
  }

  private void hand(ConsumerRecord<String, byte[]> record, Reader reader) {
    try {
      if (record.topic().equals(members)) {
        reader.heard(ReleaseJson.read(record.value(), Heartbeat.class));
      } else if (!record.key().startsWith(CLAIM)) {
        Lineage lineage = KafkaWriterLease.read(record.value());
        reader.recorded(record.key(), lineage);
      }
    } catch (IOException e) {
      LOG.warn(
          "passed over a record of {} (key {}, offset {}): {}",
          record.topic(),
          printable(record.key()),
          record.offset(),
          e.getMessage());
    }
  }

  private static String printable(String key) {
    return new String(key.getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(2));
    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(2)));
  }
}
