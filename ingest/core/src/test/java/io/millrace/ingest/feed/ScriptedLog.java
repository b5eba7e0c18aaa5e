package io.millrace.ingest.feed;

import io.millrace.ingest.stream.HeaderText;
import io.millrace.ingest.stream.ImageHeaders;
import io.millrace.ingest.stream.ImageTracer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** A topic in memory, behind {@link ScriptedConsumer}s; a null entry is a transaction marker. */
final class ScriptedLog implements FeedLog {
  static final String TOPIC = "images.accepted";

  private final List<List<ConsumerRecord<byte[], byte[]>>> partitions = new ArrayList<>();
  private final List<Long> begin = new ArrayList<>();
  private long seed;
  String clusterId = "cluster-1";
  boolean answers = true;
  String topicId = "topic-1";

  ScriptedLog(int partitions, long seed) {
    this.seed = seed;
    addPartitions(partitions);
  }

  void addPartitions(int more) {
    for (int i = 0; i < more; i++) {
      partitions.add(new ArrayList<>());
      begin.add(0L);
    }
  }

  @Override
  public void append(int partition, String id, String content) {
    add(partition, id, content.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void forget(int partition, String id) {
    add(partition, id, null);
  }

  /** Appends an image that ingest made of another, whose hash its header tells. */
  void appendChanged(int partition, String id, String content, String originalSha256) {
    append(partition, id, content);
    List<ConsumerRecord<byte[], byte[]>> records = partitions.get(partition);
    HeaderText.set(
        records.get(records.size() - 1).headers(), ImageHeaders.ORIGINAL_SHA256, originalSha256);
  }

  private void add(int partition, String id, byte[] value) {
    List<ConsumerRecord<byte[], byte[]>> records = partitions.get(partition);
    records.add(
        new ConsumerRecord<>(
            TOPIC, partition, records.size(), id.getBytes(StandardCharsets.UTF_8), value));
  }

  /** The end of a transaction: an offset without a record. */
  void marker(int partition) {
    partitions.get(partition).add(null);
  }

  void retainFrom(int partition, long offset) {
    begin.set(partition, offset);
  }

  long begin(int partition) {
    return begin.get(partition);
  }

  long end(int partition) {
    return partitions.get(partition).size();
  }

  List<ConsumerRecord<byte[], byte[]>> read(TopicPartition partition, long from, long to) {
    List<ConsumerRecord<byte[], byte[]>> some = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> r :
        partitions.get(partition.partition()).subList((int) from, (int) to)) {
      if (r != null) {
        some.add(r);
      }
    }
    return some;
  }

  @Override
  public KafkaImageFeed open(int duplicateWindow) {
    return open(new ScriptedConsumer(this, seed++), settings(duplicateWindow, 1 << 20));
  }

  KafkaImageFeed open(ScriptedConsumer consumer, FeedSettings settings) {
    return new KafkaImageFeed(
        consumer,
        new TopicInspector() {
          @Override
          public CompletionStage<TopicFacts> inspect() {
            return answers
                ? CompletableFuture.completedFuture(
                    new TopicFacts(clusterId, topicId, partitions.size()))
                : CompletableFuture.failedFuture(new TimeoutException("no answer"));
          }

          @Override
          public void close() {}
        },
        TOPIC,
        settings,
        ImageTracer.OFF);
  }

  static FeedSettings settings(int duplicateWindow, long bufferBytes) {
    return new FeedSettings(
        duplicateWindow,
        bufferBytes,
        1 << 20,
        1 << 20,
        500,
        Duration.ofMillis(100),
        Duration.ofSeconds(1));
  }

  @Override
  public void close() {}
}
