package io.millrace.ingest.source;

import java.time.Duration;

/**
 * How a source is published.
 *
 * @param order shuffled, or as the source has it
 * @param seed seed of the shuffle
 * @param maxPerSecond most images a second; 0 is no limit
 * @param maxLag records that consumers may be behind before publishing waits; 0 never waits
 * @param lagInterval time between two looks at the lag
 * @param transactionImages most images in one transaction
 * @param transactionInterval longest time until a transaction is committed and its images are seen
 * @param maxRecordBytes most bytes of a record with its headers; a lower limit of the topic counts
 * @param startOver publish from the start again, whatever the recorded position
 */
public record PublishSettings(
    PublishOrder order,
    long seed,
    double maxPerSecond,
    long maxLag,
    Duration lagInterval,
    int transactionImages,
    Duration transactionInterval,
    int maxRecordBytes,
    boolean startOver) {
  public PublishSettings {
    if (!(maxPerSecond >= 0 && maxPerSecond <= 1e9)) {
      throw new IllegalArgumentException(
          "maxPerSecond is " + maxPerSecond + ": expected 0 (no limit) to 1000000000");
    }
    check("maxLag", maxLag, Long.MAX_VALUE);
    check("lagInterval", lagInterval, Duration.ofMillis(10), Duration.ofMinutes(1));
    if (transactionImages < 1 || transactionImages > 100_000) {
      throw new IllegalArgumentException(
          "transactionImages is " + transactionImages + ": expected 1 to 100000");
    }
    check("transactionInterval", transactionInterval, Duration.ofMillis(1), Duration.ofSeconds(30));
    if (maxRecordBytes < 1024) {
      throw new IllegalArgumentException(
          "maxRecordBytes is " + maxRecordBytes + ": expected 1024 to " + Integer.MAX_VALUE);
    }
  }

  /** Shuffled, as fast as consumers follow within 20,000 records, committed five times a second. */
  public static PublishSettings defaults() {
    return new PublishSettings(
        PublishOrder.SHUFFLED,
        7,
        0,
        20_000,
        Duration.ofMillis(500),
        500,
        Duration.ofMillis(200),
        256 << 20,
        false);
  }

  private static void check(String key, long value, long to) {
    if (value < 0 || value > to) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 to " + to);
    }
  }

  private static void check(String key, Duration value, Duration from, Duration to) {
    if (value.compareTo(from) < 0 || value.compareTo(to) > 0) {
      throw new IllegalArgumentException(key + " is " + value + ": expected " + from + " to " + to);
    }
  }
}
