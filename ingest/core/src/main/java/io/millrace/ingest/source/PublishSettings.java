package io.millrace.ingest.source;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/** How a source is published. */
public record PublishSettings(
    @Doc("shuffled, or as the source has it") PublishOrder order,
    @Doc("seed of the shuffle") long seed,
    @Doc("most images a second; 0 is no limit") @Range(min = 0, max = 1e9) double maxPerSecond,
    @Doc("records that consumers may be behind before publishing waits; 0 never waits")
        @Range(min = 0)
        long maxLag,
    @Doc("time between two looks at the lag") @DurationRange(min = "PT0.01S", max = "PT1M")
        Duration lagInterval,
    @Doc("most images in one transaction") @Range(min = 1, max = 100_000) int transactionImages,
    @Doc("longest time until a transaction is committed and its images are seen")
        @DurationRange(min = "PT0.001S", max = "PT30S")
        Duration transactionInterval,
    @Doc("most bytes of a record with its headers; a lower limit of the topic counts")
        @Range(min = 1024)
        int maxRecordBytes,
    @Doc("publish from the start again; the recorded position is ignored") boolean startOver) {
  public PublishSettings {
    Allowed.check(
        PublishSettings.class,
        order,
        seed,
        maxPerSecond,
        maxLag,
        lagInterval,
        transactionImages,
        transactionInterval,
        maxRecordBytes,
        startOver);
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
}
