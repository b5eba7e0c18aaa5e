package io.millrace.serving.kafka;

import java.time.Duration;

/**
 * How the serving role works.
 *
 * @param batch images per forward pass; a transaction has one batch, or up to three where they take
 *     less than half of {@code linger}
 * @param linger how long an image may wait for others of its batch
 * @param keepVersions versions whose embeddings stay in the topic: the one that serves and those
 *     that served before it; older ones and superseded ones are tombstoned
 * @param refreshShare share of the wall clock that a refresh may take: after t seconds of work it
 *     rests t · (1 ÷ refreshShare − 1). Live images go before it at every transaction, so their
 *     delay is bounded by {@code linger} or one refresh batch, whichever is longer, and their own;
 *     at 1 the refresh takes all that live images leave, and half where they leave nothing
 * @param decodeThreads threads that decode images and resize them to the network's input
 * @param instance this process's name among the serving processes: two must not share one, and a
 *     restart must keep it, or what a killed process held stays held until its timeouts
 * @param transactionTimeout after which the broker ends a dead process's transaction
 * @param progressEvery time between a partition's PROGRESS records
 * @param retryDelay wait before a release that could not be loaded, or a failed transaction, is
 *     tried again
 * @param targets whether the promoted release's teacher publishes what it makes of each image to
 *     the topic targets, which costs a second forward pass
 */
public record ServingSettings(
    int batch,
    Duration linger,
    int keepVersions,
    double refreshShare,
    int decodeThreads,
    String instance,
    Duration transactionTimeout,
    Duration progressEvery,
    Duration retryDelay,
    boolean targets) {

  public ServingSettings {
    within("batch", batch, 1, 4096);
    within("linger", linger, Duration.ZERO, Duration.ofSeconds(10));
    within("keepVersions", keepVersions, 1, 100);
    if (!(refreshShare >= 0.01 && refreshShare <= 1)) {
      throw refused("refreshShare", refreshShare, "0.01 to 1");
    }
    within("decodeThreads", decodeThreads, 1, 256);
    if (!instance.matches("[A-Za-z0-9._-]{1,100}")) {
      throw refused(
          "instance",
          "'" + instance + "'",
          "1 to 100 letters, digits, dots, underscores or dashes");
    }
    within("transactionTimeout", transactionTimeout, Duration.ofSeconds(1), Duration.ofMinutes(15));
    within("progressEvery", progressEvery, Duration.ofMillis(10), Duration.ofHours(1));
    within("retryDelay", retryDelay, Duration.ofMillis(10), Duration.ofHours(1));
  }

  /** The defaults. */
  public static ServingSettings defaults() {
    return new ServingSettings(
        64,
        Duration.ofMillis(200),
        2,
        0.5,
        1,
        "serving-1",
        Duration.ofSeconds(30),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        false);
  }

  private static void within(String key, int value, int least, int most) {
    if (value < least || value > most) {
      throw refused(key, value, least + " to " + most);
    }
  }

  private static void within(String key, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw refused(key, value, least + " to " + most);
    }
  }

  private static IllegalArgumentException refused(String key, Object value, String allowed) {
    return new IllegalArgumentException(key + " is " + value + ": expected " + allowed);
  }
}
