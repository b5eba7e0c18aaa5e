package io.millrace.ingest.feed;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/** How a feed reads. */
public record FeedSettings(
    @Doc(
            "content hashes remembered; an image whose bytes are among them is skipped and "
                + "counted; 0 skips none")
        @Range(min = 0, max = 16 * MIB)
        int duplicateWindow,
    @Doc(
            "image bytes that may wait for their turn; beyond, only partitions that the "
                + "round waits for are fetched")
        @Range(min = MIB, max = 64L * 1024 * MIB)
        long bufferBytes,
    @Doc("most bytes of one fetch from one broker") @Range(min = 64 * 1024, max = 1024 * MIB)
        int fetchBytes,
    @Doc("most bytes of one partition in it; a larger image still comes, alone")
        @Range(min = 64 * 1024, max = 1024 * MIB)
        int partitionFetchBytes,
    @Doc("most records of one poll") @Range(min = 1, max = 100_000) int pollRecords,
    @Doc("how often to look for new partitions and whether the topic is still the same")
        @DurationRange(min = "PT0.1S", max = "PT1H")
        Duration topicCheck,
    @Doc("how long one question to the broker may take") @DurationRange(min = "PT1S", max = "PT10M")
        Duration requestTimeout) {
  private static final int MIB = 1 << 20;

  public FeedSettings {
    Allowed.check(
        FeedSettings.class,
        duplicateWindow,
        bufferBytes,
        fetchBytes,
        partitionFetchBytes,
        pollRecords,
        topicCheck,
        requestTimeout);
  }

  /** 65,536 hashes; 32 MiB waiting, fetched by 16 MiB. */
  public static FeedSettings defaults() {
    return new FeedSettings(
        65_536, 32L * MIB, 16 * MIB, 2 * MIB, 500, Duration.ofSeconds(10), Duration.ofSeconds(30));
  }
}
