package io.millrace.serving.kafka;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Matches;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/** How the serving role works. */
public record ServingSettings(
    @Doc(
            "images per forward pass; a transaction has one batch, or up to three where "
                + "they take less than half of linger")
        @Range(min = 1, max = 4096)
        int batch,
    @Doc("how long an image may wait for others of its batch")
        @DurationRange(min = "PT0S", max = "PT10S")
        Duration linger,
    @Doc(
            "versions whose embeddings stay in the topic: the one that serves and those "
                + "that served before it; older ones and superseded ones are tombstoned")
        @Range(min = 1, max = 100)
        int keepVersions,
    @Doc(
            "share of the wall clock that a re-embedding may take: after t seconds of work it "
                + "rests t · (1 ÷ refreshShare − 1). Live images go before it at every "
                + "transaction, so their delay is bounded by linger or one re-embedding batch, "
                + "whichever is longer, and their own; at 1 the re-embedding takes all that live "
                + "images leave, and half where they leave nothing")
        @Range(min = 0.01, max = 1)
        double refreshShare,
    @Doc("threads that decode images and resize them to the network's input")
        @Range(min = 1, max = 256)
        int decodeThreads,
    @Doc(
            "this process's name among the serving processes: two must not share one, and a"
                + " restart must keep it, or what a killed process held stays held until its "
                + "timeouts")
        @Matches(
            value = "[A-Za-z0-9._-]{1,100}",
            expected = "1 to 100 letters, digits, dots, underscores or dashes")
        String instance,
    @Doc("after which the broker ends a dead process's transaction")
        @DurationRange(min = "PT1S", max = "PT15M")
        Duration transactionTimeout,
    @Doc("time between a partition's PROGRESS records")
        @DurationRange(min = "PT0.01S", max = "PT1H")
        Duration progressEvery,
    @Doc(
            "wait before a release that could not be loaded, or a failed transaction, is "
                + "tried again")
        @DurationRange(min = "PT0.01S", max = "PT1H")
        Duration retryDelay,
    @Doc(
            "whether the promoted release's teacher publishes its targets of each image "
                + "to the topic targets, which costs a second forward pass")
        boolean targets) {

  public ServingSettings {
    Allowed.check(
        ServingSettings.class,
        batch,
        linger,
        keepVersions,
        refreshShare,
        decodeThreads,
        instance,
        transactionTimeout,
        progressEvery,
        retryDelay,
        targets);
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
}
