package io.millrace.ingest.topology;

import io.millrace.ingest.decode.AcceptSettings;
import java.time.Duration;

/**
 * How the ingest topology runs.
 *
 * @param threads stream threads; more than partitions of images.raw are idle
 * @param commitInterval how often a transaction commits: an image waits that long to be seen
 * @param statsWindow length of a window of stream.stats
 * @param statsInterval how often counts are added to it
 * @param sessionTimeout how long a killed ingest's partitions wait for their next owner; a broker
 *     takes no less than its group.min.session.timeout.ms, 6 s by default
 * @param maxSide longest side in pixels of an image on images.accepted; 0 keeps its bytes as they
 *     came, whatever they are
 * @param quality of a JPEG file whose pixels had to change, over 0 (smallest) to 1 (best)
 * @param keepMetadata whether places, times and names stay in a file whose pixels did not change
 * @param scaledDecode whether the system's libjpeg-turbo, where there is one, shrinks large JPEG
 *     files while it decodes them
 */
public record IngestSettings(
    int threads,
    Duration commitInterval,
    Duration statsWindow,
    Duration statsInterval,
    Duration sessionTimeout,
    int maxSide,
    double quality,
    boolean keepMetadata,
    boolean scaledDecode) {
  private static final AcceptSettings ACCEPT = AcceptSettings.defaults();

  public IngestSettings {
    new AcceptSettings(maxSide, quality, keepMetadata, scaledDecode); // checks their ranges
    if (threads < 1 || threads > 256) {
      throw new IllegalArgumentException("threads is " + threads + ": expected 1 to 256");
    }
    within("commitInterval", commitInterval, Duration.ofMillis(10), Duration.ofSeconds(30));
    within("statsWindow", statsWindow, Duration.ofSeconds(1), Duration.ofHours(1));
    within("statsInterval", statsInterval, Duration.ofMillis(100), statsWindow);
    within("sessionTimeout", sessionTimeout, Duration.ofSeconds(1), Duration.ofMinutes(5));
  }

  /** One thread, commits each 200 ms, windows of 10 s fed each second, sessions of 10 s. */
  public static IngestSettings defaults() {
    return new IngestSettings(
        1,
        Duration.ofMillis(200),
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        ACCEPT.maxSide(),
        ACCEPT.quality(),
        ACCEPT.keepMetadata(),
        ACCEPT.scaledDecode());
  }

  /** What is handed on of an image. */
  public AcceptSettings accept() {
    return new AcceptSettings(maxSide, quality, keepMetadata, scaledDecode);
  }

  private static void within(String key, Duration value, Duration low, Duration high) {
    if (value.compareTo(low) < 0 || value.compareTo(high) > 0) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + low + " to " + high);
    }
  }
}
