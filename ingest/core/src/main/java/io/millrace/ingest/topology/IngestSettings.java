package io.millrace.ingest.topology;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/** How the ingest topology runs. */
public record IngestSettings(
    @Doc("stream threads; more than partitions of images.raw are idle") @Range(min = 1, max = 256)
        int threads,
    @Doc("how often a transaction commits: an image waits that long to be seen")
        @DurationRange(min = "PT0.01S", max = "PT30S")
        Duration commitInterval,
    @Doc("length of a window of stream.stats") @DurationRange(min = "PT1S", max = "PT1H")
        Duration statsWindow,
    @Doc("how often counts are added to it; no longer than statsWindow")
        @DurationRange(min = "PT0.1S")
        Duration statsInterval,
    @Doc(
            "how long a killed ingest's partitions wait for their next owner; a broker "
                + "takes no less than its group.min.session.timeout.ms, 6 s by default")
        @DurationRange(min = "PT1S", max = "PT5M")
        Duration sessionTimeout) {
  public IngestSettings {
    Allowed.check(
        IngestSettings.class, threads, commitInterval, statsWindow, statsInterval, sessionTimeout);
    if (statsInterval.compareTo(statsWindow) > 0) {
      throw new IllegalArgumentException(
          "statsInterval is "
              + statsInterval
              + ": expected at most statsWindow ("
              + statsWindow
              + ")");
    }
  }

  /** One thread, commits each 200 ms, windows of 10 s fed each second, sessions of 10 s. */
  public static IngestSettings defaults() {
    return new IngestSettings(
        1,
        Duration.ofMillis(200),
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10));
  }
}
