package io.millrace.ingest.topology;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;

/**
 * Whether the ingest gets on. Progress is a committed offset that rises; what is checked again and
 * again after each death is none.
 */
final class IngestPulse {
  /** So many deaths without progress are no passing trouble. */
  static final int DEATHS = 3;

  private final InstantSource clock;
  private final Duration patience;
  private KafkaStreams.State state = KafkaStreams.State.CREATED;
  private Instant since;
  private int deaths;
  private @Nullable Instant died;
  private String cause = "";
  private long committed = Long.MIN_VALUE;

  /**
   * @param patience how long it may be in another state than RUNNING
   */
  IngestPulse(InstantSource clock, Duration patience) {
    this.clock = clock;
    this.patience = patience;
    this.since = clock.instant();
  }

  synchronized void entered(KafkaStreams.State now) {
    boolean worked = state == KafkaStreams.State.RUNNING;
    boolean works = now == KafkaStreams.State.RUNNING;
    if (worked != works) {
      since = clock.instant();
    }
    state = now;
  }

  /** A stream thread died; how many have since the last progress. */
  synchronized int died(Throwable why) {
    died = clock.instant();
    cause = innermost(why);
    return ++deaths;
  }

  /**
   * The group's committed offsets were looked at.
   *
   * @param sum over the partitions of images.raw
   */
  synchronized void committed(long sum) {
    if (committed != Long.MIN_VALUE && sum > committed) {
      deaths = 0;
    }
    committed = sum;
  }

  /** What keeps it from getting on, in words; empty where nothing does. */
  synchronized Optional<String> trouble() {
    Instant now = clock.instant();
    Instant last = died;
    if (deaths >= DEATHS && last != null) {
      if (Duration.between(last, now).compareTo(patience.multipliedBy(2)) > 0
          && state == KafkaStreams.State.RUNNING) {
        deaths = 0; // nothing to check, and nothing dies any more
      } else {
        return Optional.of(
            "%d stream threads died without progress, the last of: %s".formatted(deaths, cause));
      }
    }
    Duration waits = Duration.between(since, now);
    return state != KafkaStreams.State.RUNNING && waits.compareTo(patience) > 0
        ? Optional.of("%s for %d s".formatted(state, waits.toSeconds()))
        : Optional.empty();
  }

  private static String innermost(Throwable e) {
    Throwable at = e;
    while (at.getCause() != null && at.getCause() != at) {
      at = at.getCause();
    }
    return at.toString().lines().findFirst().orElse("");
  }
}
