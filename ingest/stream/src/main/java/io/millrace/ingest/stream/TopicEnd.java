package io.millrace.ingest.stream;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Reading a topic to the end it has at one moment, as a reader of a compacted topic does. */
public final class TopicEnd {
  private TopicEnd() {}

  /**
   * A topic's partitions.
   *
   * @throws IllegalStateException when the topic does not exist
   */
  public static List<TopicPartition> partitions(Consumer<?, ?> consumer, String topic) {
    List<PartitionInfo> found = consumer.partitionsFor(topic);
    if (found == null || found.isEmpty()) {
      throw new IllegalStateException(
          "topic '" + topic + "' does not exist: create it with 'millrace topics --create'");
    }
    return found.stream().map(p -> new TopicPartition(p.topic(), p.partition())).toList();
  }

  /**
   * Polls until the consumer's positions have reached these ends.
   *
   * @param ends offset to reach, by partition assigned to the consumer
   * @param patience how long at most
   * @param poll polls once and takes what came
   * @throws IllegalStateException naming a partition whose end was not reached in time: an open
   *     transaction, or a broker out of reach
   */
  public static void reach(
      Consumer<?, ?> consumer, Map<TopicPartition, Long> ends, Duration patience, Runnable poll) {
    long deadline = System.nanoTime() + patience.toNanos();
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      while (consumer.position(end.getKey()) < end.getValue()) {
        if (System.nanoTime() - deadline > 0) {
          throw new IllegalStateException(
              "%s is at offset %d of %d after %s: a transaction hangs or the broker is out of reach"
                  .formatted(
                      end.getKey(), consumer.position(end.getKey()), end.getValue(), patience));
        }
        poll.run();
      }
    }
  }
}
