package io.millrace.ingest.stream;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;

/** Reads a small compacted topic to its end, then follows it. */
public final class TopicFollower implements AutoCloseable {
  /** Takes one record, in the topic's order. */
  @FunctionalInterface
  public interface Handler {
    /** Takes it. */
    void accept(ConsumerRecord<byte[], byte[]> record);
  }

  /** How long one poll of a reader that catches up may wait. */
  public static final Duration POLL = Duration.ofMillis(100);

  /** Longer than a transaction that hangs may live. */
  public static final Duration PATIENCE = Duration.ofMinutes(20);

  private final Consumer<byte[], byte[]> consumer;
  private final Handler handler;
  private final List<TopicPartition> partitions;

  /**
   * @param consumer closed with this follower, or here where that fails
   * @throws IllegalStateException when the topic does not exist
   */
  public TopicFollower(Consumer<byte[], byte[]> consumer, String topic, Handler handler) {
    this.consumer = consumer;
    this.handler = handler;
    boolean ready = false;
    try {
      partitions = TopicEnd.partitions(consumer, topic);
      consumer.assign(partitions);
      fromTheStart();
      ready = true;
    } finally {
      if (!ready) {
        consumer.close();
      }
    }
  }

  // Seeking to the beginning is lazy; explicit offsets make the position known at once.
  private void fromTheStart() {
    consumer.beginningOffsets(partitions).forEach(consumer::seek);
  }

  /** Reads until the offsets that are the end now. */
  public void readToEnd() {
    TopicEnd.reach(consumer, consumer.endOffsets(partitions), PATIENCE, () -> poll(POLL));
  }

  /** Takes what there is. */
  public void poll(Duration wait) {
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
