package io.millrace.ingest.topology;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Kafka Streams' clients, whose consumer leaves out partitions of which enough claims wait. A
 * processor can't say so itself: it could only hold up its thread and all partitions of that.
 */
record ClaimClients(Set<TopicPartition> full) implements KafkaClientSupplier {
  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    return new LeavesOut(config, full);
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return getRestoreConsumer(config);
  }

  /** Pauses what is full before each poll, and keeps Kafka Streams' own pauses apart. */
  private static final class LeavesOut extends KafkaConsumer<byte[], byte[]> {
    private final Set<TopicPartition> full;
    private final Set<TopicPartition> ours = new HashSet<>();
    private final Set<TopicPartition> theirs = new HashSet<>();

    LeavesOut(Map<String, Object> config, Set<TopicPartition> full) {
      super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      this.full = full;
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
      Set<TopicPartition> assigned = assignment();
      theirs.retainAll(assigned);
      Set<TopicPartition> now = new HashSet<>(full);
      now.retainAll(assigned);
      Set<TopicPartition> free = new HashSet<>(ours);
      free.removeAll(now);
      free.removeAll(theirs);
      free.retainAll(assigned);
      ours.clear();
      ours.addAll(now);
      super.pause(now);
      super.resume(free);
      return super.poll(timeout);
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
      super.pause(partitions);
      theirs.addAll(partitions);
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
      theirs.removeAll(partitions);
      Set<TopicPartition> free = new HashSet<>(partitions);
      free.removeAll(ours);
      super.resume(free);
    }
  }
}
