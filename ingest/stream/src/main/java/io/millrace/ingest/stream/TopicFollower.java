package io.millrace.ingest.stream;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/** Reads a small compacted topic to its end, then follows it. */
final class TopicFollower implements AutoCloseable {
  /** Takes one record, in the topic's order. */
  interface Handler {
    void accept(ConsumerRecord<byte[], byte[]> record);
  }

  static final Duration POLL = Duration.ofMillis(100);

  /** Longer than a transaction that hangs may live. */
  static final Duration PATIENCE = Duration.ofMinutes(20);

  private final Consumer<byte[], byte[]> consumer;
  private final Handler handler;
  private final List<TopicPartition> partitions;

  /**
   * @param consumer closed with this follower
   * @throws IllegalStateException when the topic does not exist
   */
  TopicFollower(Consumer<byte[], byte[]> consumer, String topic, Handler handler) {
    this.consumer = consumer;
    this.handler = handler;
    partitions = TopicEnd.partitions(consumer, topic);
    consumer.assign(partitions);
    fromTheStart();
  }

  // Seeking to the beginning is lazy; explicit offsets make the position known at once.
  private void fromTheStart() {
    consumer.beginningOffsets(partitions).forEach(consumer::seek);
  }

  /** Reads until the offsets that are the end now. */
  void readToEnd() {
    TopicEnd.reach(consumer, consumer.endOffsets(partitions), PATIENCE, () -> poll(POLL));
  }

  /** Takes what there is. */
  void poll(Duration wait) {
    try {
      consumer.poll(wait).forEach(handler::accept);
    } catch (OffsetOutOfRangeException e) {
      // The topic was deleted and made again, or retention passed by: every record counts anew.
      fromTheStart();
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
