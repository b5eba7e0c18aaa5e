package io.millrace.ingest.topology;

import java.time.Duration;

/**
 * How the topics are made.
 *
 * @param imagePartitions partitions of the image topics and of the embeddings
 * @param replicationFactor copies of each
 * @param maxMessageBytes the limit on a record batch of images.raw; an image may have 64 KiB less
 * @param rawRetention how long raw images stay, read or not
 * @param acceptedRetention how long the gallery reaches back; zero means for ever
 * @param rejectedRetention how long rejected images stay
 * @param statsRetention how long statistics stay
 */
public record TopicSettings(
    int imagePartitions,
    int replicationFactor,
    int maxMessageBytes,
    Duration rawRetention,
    Duration acceptedRetention,
    Duration rejectedRetention,
    Duration statsRetention) {
  public TopicSettings {
    within("imagePartitions", imagePartitions, 1, 1000);
    within("replicationFactor", replicationFactor, 1, 9);
    within("maxMessageBytes", maxMessageBytes, 128 * 1024, 256 * 1024 * 1024);
    atLeast("rawRetention", rawRetention, Duration.ofMinutes(1));
    atLeast("acceptedRetention", acceptedRetention, Duration.ZERO);
    atLeast("rejectedRetention", rejectedRetention, Duration.ofMinutes(1));
    atLeast("statsRetention", statsRetention, Duration.ofMinutes(1));
  }

  /** Four partitions, one copy, 8 MiB a record; raw 1 day, accepted 30, rejected and stats 7. */
  public static TopicSettings defaults() {
    return new TopicSettings(
        4,
        1,
        8 * 1024 * 1024,
        Duration.ofDays(1),
        Duration.ofDays(30),
        Duration.ofDays(7),
        Duration.ofDays(7));
  }

  private static void within(String key, int value, int low, int high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + low + " to " + high);
    }
  }

  private static void atLeast(String key, Duration value, Duration low) {
    if (value.compareTo(low) < 0) {
      throw new IllegalArgumentException(key + " is " + value + ": expected at least " + low);
    }
  }
}
