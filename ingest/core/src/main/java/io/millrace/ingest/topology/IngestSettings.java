package io.millrace.ingest.topology;

import io.millrace.ingest.claim.ClaimSettings;
import io.millrace.ingest.decode.AcceptSettings;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import io.millrace.ingest.stream.PropagatedHeaders;
import java.time.Duration;
import java.util.List;

/** How the ingest topology runs. */
public record IngestSettings(
    @Doc(
            "stream threads; more than partitions of images.raw are idle, and partitions that "
                + "share one wait for each other's images")
        @Range(min = 1, max = 256)
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
        Duration sessionTimeout,
    @Doc(
            "how long what a killed ingest left open may hold back readers of committed "
                + "records where no other ingest aborts it; the broker looks every 10 s. Longer "
                + "than commitInterval and two decodes")
        @DurationRange(min = "PT1S", max = "PT15M")
        Duration transactionTimeout,
    @Doc(
            "how often it looks whether images.raw is still the same topic, for new "
                + "partitions, and for what processes that are gone left open")
        @DurationRange(min = "PT0.1S", max = "PT1H")
        Duration topicCheck,
    @Doc("where images.raw was deleted and made again: stop, or check it from its beginning")
        NewTopic newTopic,
    @Doc("how long it may be anything but running, as while it rebalances, and still be ready")
        @DurationRange(min = "PT1S", max = "PT1H")
        Duration unreadyAfter,
    @Doc(
            "stream threads that may die one after another without progress before it ends; "
                + "0 for any number, while it is not ready")
        @Range(min = 0, max = 100_000)
        int mostDeaths,
    @Doc(
            "longest side in pixels of an image on images.accepted; 0 keeps its bytes as they "
                + "came, whatever they are")
        int maxSide,
    @Doc("of a JPEG file whose pixels had to change, from smallest to 1, best")
        @Range(over = 0, max = 1)
        double quality,
    @Doc("whether places, times and names stay in a file whose pixels did not change")
        boolean keepMetadata,
    @Doc(
            "whether the system's libjpeg-turbo, where there is one, shrinks large JPEG files "
                + "while it decodes them")
        boolean scaledDecode,
    @Doc(
            "producers' headers that travel on, to images.accepted, embeddings, targets, "
                + "searches and their filters; at most 16, none that Millrace sets itself. "
                + "ce_source travels anyway, other headers stay on images.raw")
        List<String> headers,
    @Doc("most bytes of the value of one of them; a longer one stays behind and is counted")
        @Range(min = 1, max = PropagatedHeaders.MOST_BYTES)
        int maxHeaderBytes,
    @Doc(
            "images that lie elsewhere: a record of no bytes with the header ce_dataref claims one "
                + "(docs/topics.md)")
        ClaimSettings claims) {
  private static final AcceptSettings ACCEPT = AcceptSettings.defaults();

  public IngestSettings {
    Allowed.check(
        IngestSettings.class,
        threads,
        commitInterval,
        statsWindow,
        statsInterval,
        sessionTimeout,
        transactionTimeout,
        topicCheck,
        newTopic,
        unreadyAfter,
        mostDeaths,
        maxSide,
        quality,
        keepMetadata,
        scaledDecode,
        headers,
        maxHeaderBytes,
        claims);
    headers = new PropagatedHeaders(headers, maxHeaderBytes).names(); // checks its rules
    new AcceptSettings(maxSide, quality, keepMetadata, scaledDecode); // checks its rules
    if (transactionTimeout.compareTo(commitInterval) <= 0) {
      throw new IllegalArgumentException(
          "transactionTimeout is "
              + transactionTimeout
              + ": expected more than commitInterval ("
              + commitInterval
              + ")");
    }
    if (statsInterval.compareTo(statsWindow) > 0) {
      throw new IllegalArgumentException(
          "statsInterval is "
              + statsInterval
              + ": expected at most statsWindow ("
              + statsWindow
              + ")");
    }
  }

  /**
   * Four threads, commits each 200 ms, windows of 10 s fed each second, sessions and transactions
   * of 10 s.
   */
  public static IngestSettings defaults() {
    return new IngestSettings(
        4, // one for each of topics.imagePartitions
        Duration.ofMillis(200),
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        Duration.ofSeconds(2),
        NewTopic.STOP,
        Duration.ofMinutes(1),
        0,
        ACCEPT.maxSide(),
        ACCEPT.quality(),
        ACCEPT.keepMetadata(),
        ACCEPT.scaledDecode(),
        PropagatedHeaders.defaults().names(),
        PropagatedHeaders.defaults().maxBytes(),
        ClaimSettings.defaults());
  }

  /** Which of the producers' headers travel. */
  public PropagatedHeaders propagated() {
    return new PropagatedHeaders(headers, maxHeaderBytes);
  }

  /** What is handed on of an image. */
  public AcceptSettings accept() {
    return new AcceptSettings(maxSide, quality, keepMetadata, scaledDecode);
  }
}
