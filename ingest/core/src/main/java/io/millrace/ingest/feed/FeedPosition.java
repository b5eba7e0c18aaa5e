package io.millrace.ingest.feed;

import java.util.Map;

/**
 * Everything a feed needs to go on exactly where a batch ended. A value: a checkpoint holds it.
 *
 * @param clusterId Kafka cluster; empty for an in-memory feed and before the first batch
 * @param topicId topic's unique id; empty likewise
 * @param partitions next offsets by partition
 * @param turn the partition whose turn is next in the round
 * @param seen content hashes ingested recently
 */
public record FeedPosition(
    String clusterId,
    String topicId,
    Map<Integer, PartitionPosition> partitions,
    int turn,
    HashWindow seen) {
  public FeedPosition {
    partitions = Map.copyOf(partitions);
  }

  /** Before the first record. */
  public static FeedPosition start() {
    return new FeedPosition("", "", Map.of(), 0, HashWindow.EMPTY);
  }
}
