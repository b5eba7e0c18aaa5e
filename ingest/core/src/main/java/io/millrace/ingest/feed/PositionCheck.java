package io.millrace.ingest.feed;

import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.common.TopicPartition;

/** Refuses a position that another log gave. */
final class PositionCheck {
  private static final String WHAT_TO_DO =
      "; offsets of one log mean nothing in another: go back to the log of the checkpoint, or start"
          + " a new learner without it";

  private PositionCheck() {}

  /**
   * Checks a position against the log that is there.
   *
   * @throws PositionMismatchException naming both values
   */
  static void require(String topic, FeedPosition position, TopicFacts there) {
    int partitions = position.partitions().keySet().stream().mapToInt(p -> p + 1).max().orElse(0);
    if (partitions > 0) {
      require(topic, new TopicFacts(position.clusterId(), position.topicId(), partitions), there);
    }
  }

  /**
   * Checks the log that a position belongs to against the one that is there.
   *
   * @throws PositionMismatchException naming both values
   */
  static void require(String topic, TopicFacts ours, TopicFacts there) {
    requireEqual("Kafka cluster", ours.clusterId(), there.clusterId());
    requireEqual("topic id of " + topic, ours.topicId(), there.topicId());
    if (ours.partitions() > there.partitions()) {
      throw new PositionMismatchException(
          "the position has %d partitions of %s, the topic has %d%s"
              .formatted(ours.partitions(), topic, there.partitions(), WHAT_TO_DO));
    }
  }

  private static void requireEqual(String what, String ours, String theirs) {
    if (!ours.equals(theirs)) {
      throw new PositionMismatchException(
          "the position belongs to %s '%s', this is '%s'%s"
              .formatted(what, ours, theirs, WHAT_TO_DO));
    }
  }

  /** The log ends before the position: it was cut, or it is another one. */
  static PositionMismatchException endsBefore(TopicPartition partition, long position, long end) {
    return new PositionMismatchException(
        "the position is offset %d of %s, the log ends at %d%s"
            .formatted(position, partition, end, WHAT_TO_DO));
  }

  /** The log has other records at the position than when it was taken. */
  static PositionMismatchException truncated(LogTruncationException truncation) {
    TopicPartition partition = truncation.partitions().iterator().next();
    return new PositionMismatchException(
        "the position is offset %d of %s, the log of that leader epoch ends at %s%s"
            .formatted(
                truncation.offsetOutOfRangePartitions().get(partition),
                partition,
                truncation.divergentOffsets().containsKey(partition)
                    ? truncation.divergentOffsets().get(partition).offset()
                    : "an unknown offset",
                WHAT_TO_DO));
  }
}
