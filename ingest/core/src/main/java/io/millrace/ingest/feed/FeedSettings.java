package io.millrace.ingest.feed;

import java.time.Duration;

/**
 * How a feed reads.
 *
 * @param duplicateWindow content hashes remembered; an image whose bytes are among them is skipped
 *     and counted; 0 skips none
 * @param bufferBytes image bytes that may wait for their turn; beyond, only partitions that the
 *     round waits for are fetched
 * @param fetchBytes most bytes of one fetch from one broker
 * @param partitionFetchBytes most bytes of one partition in it; a larger image still comes, alone
 * @param pollRecords most records of one poll
 * @param topicCheck how often to look for new partitions and whether the topic is still the same
 * @param requestTimeout how long one question to the broker may take
 */
public record FeedSettings(
    int duplicateWindow,
    long bufferBytes,
    int fetchBytes,
    int partitionFetchBytes,
    int pollRecords,
    Duration topicCheck,
    Duration requestTimeout) {
  private static final int MIB = 1 << 20;

  public FeedSettings {
    within("duplicateWindow", duplicateWindow, 0, 16 * MIB);
    within("bufferBytes", bufferBytes, MIB, 64L * 1024 * MIB);
    within("fetchBytes", fetchBytes, 64 * 1024, 1024 * MIB);
    within("partitionFetchBytes", partitionFetchBytes, 64 * 1024, 1024 * MIB);
    within("pollRecords", pollRecords, 1, 100_000);
    within("topicCheck", topicCheck, Duration.ofMillis(100), Duration.ofHours(1));
    within("requestTimeout", requestTimeout, Duration.ofSeconds(1), Duration.ofMinutes(10));
  }

  /** 65,536 hashes; 32 MiB waiting, fetched by 16 MiB. */
  public static FeedSettings defaults() {
    return new FeedSettings(
        65_536, 32L * MIB, 16 * MIB, 2 * MIB, 500, Duration.ofSeconds(10), Duration.ofSeconds(30));
  }

  private static void within(String key, long value, long low, long high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + low + " to " + high);
    }
  }

  private static void within(String key, Duration value, Duration low, Duration high) {
    if (value.compareTo(low) < 0 || value.compareTo(high) > 0) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + low + " to " + high);
    }
  }
}
