package io.millrace.ingest.topology;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/** How the topics are made. */
public record TopicSettings(
    @Doc("partitions of the image topics and of the embeddings") @Range(min = 1, max = 1000)
        int imagePartitions,
    @Doc("copies of each") @Range(min = 1, max = 9) int replicationFactor,
    @Doc("the limit on a record batch of images.raw; an image may have 64 KiB less")
        @Range(min = 128 * 1024, max = 256 * 1024 * 1024)
        int maxMessageBytes,
    @Doc("how long raw images stay, read or not") @DurationRange(min = "PT1M")
        Duration rawRetention,
    @Doc("how long the gallery reaches back; zero means forever") @DurationRange(min = "PT0S")
        Duration acceptedRetention,
    @Doc("how long rejected images stay") @DurationRange(min = "PT1M") Duration rejectedRetention,
    @Doc(
            "how long statistics stay; totals of accepted and rejected images reach back "
                + "that far")
        @DurationRange(min = "PT1M")
        Duration statsRetention) {
  public TopicSettings {
    Allowed.check(
        TopicSettings.class,
        imagePartitions,
        replicationFactor,
        maxMessageBytes,
        rawRetention,
        acceptedRetention,
        rejectedRetention,
        statsRetention);
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
}
