package io.millrace.ingest.feed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/**
 * Kafka's mock consumer over a {@link ScriptedLog}. Each poll brings what a seeded die says: some
 * partitions, some of their records, now and then nothing.
 */
final class ScriptedConsumer extends MockConsumer<byte[], byte[]> {
  private final ScriptedLog log;
  private final Random die;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private int held = -1;

  ScriptedConsumer(ScriptedLog log, long seed) {
    super("none");
    this.log = log;
    die = new Random(seed);
  }

  @Override
  public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    for (TopicPartition partition : assignment()) {
      long from = positions.get(partition);
      if (from < log.begin(partition.partition())) {
        throw new OffsetOutOfRangeException(Map.of(partition, from));
      }
      long most = die.nextInt(4);
      if (paused().contains(partition)
          || partition.partition() == held
          || most == 0
          || from >= log.end(partition.partition())) {
        continue;
      }
      long to = Math.min(log.end(partition.partition()), from + most);
      List<ConsumerRecord<byte[], byte[]>> some = log.read(partition, from, to);
      if (!some.isEmpty()) {
        records.put(partition, some);
      }
      positions.put(partition, to);
      next.put(partition, new OffsetAndMetadata(to));
    }
    return new ConsumerRecords<>(records, next);
  }

  @Override
  public synchronized void seek(TopicPartition partition, long offset) {
    positions.put(partition, offset);
  }

  @Override
  public void seek(TopicPartition partition, OffsetAndMetadata offset) {
    positions.put(partition, offset.offset());
  }

  @Override
  public OptionalLong currentLag(TopicPartition partition) {
    return OptionalLong.of(log.end(partition.partition()) - positions.get(partition));
  }

  @Override
  public synchronized Map<TopicPartition, Long> beginningOffsets(
      Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    partitions.forEach(p -> offsets.put(p, log.begin(p.partition())));
    return offsets;
  }

  @Override
  public synchronized Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    partitions.forEach(p -> offsets.put(p, log.end(p.partition())));
    return offsets;
  }

  /** Brings nothing of a partition; −1 holds none. */
  void hold(int partition) {
    held = partition;
  }

  /** How far a partition was read. */
  long mostRead(int partition) {
    return positions.get(new TopicPartition(ScriptedLog.TOPIC, partition));
  }

  /** Partitions that are fetched now. */
  List<Integer> fetched() {
    List<Integer> fetched = new ArrayList<>();
    assignment().stream()
        .filter(p -> !paused().contains(p))
        .forEach(p -> fetched.add(p.partition()));
    return fetched;
  }
}
