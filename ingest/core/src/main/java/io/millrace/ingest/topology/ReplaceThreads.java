package io.millrace.ingest.topology;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a dead stream thread a successor, which begins at the last commit; when they die too often,
 * or of a right that is missing, ends the ingest, since then it is no passing trouble.
 */
final class ReplaceThreads implements StreamsUncaughtExceptionHandler {
  static final int MOST_DEATHS = 10;
  static final Duration WITHIN = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(ReplaceThreads.class);

  private final InstantSource clock;
  private final Runnable beforeReplacing;
  private final IngestPulse pulse;
  private final int mostDeaths;
  private final Deque<Instant> deaths = new ArrayDeque<>();
  private @Nullable Throwable newest;

  /**
   * @param pulse is told of each death
   * @param mostDeaths how many may follow each other without progress; 0 for any number
   * @param beforeReplacing what to do before a successor starts
   */
  ReplaceThreads(InstantSource clock, IngestPulse pulse, int mostDeaths, Runnable beforeReplacing) {
    this.clock = clock;
    this.pulse = pulse;
    this.mostDeaths = mostDeaths;
    this.beforeReplacing = beforeReplacing;
  }

  /** Why the newest one died; null while none has. */
  synchronized @Nullable Throwable newest() {
    return newest;
  }

  @Override
  public synchronized StreamThreadExceptionResponse handle(Throwable exception) {
    newest = exception;
    int inARow = pulse.died(exception);
    if (denied(exception)) {
      log.error("ingest is denied by the cluster and ends", exception);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    if (mostDeaths > 0 && inARow > mostDeaths) {
      log.error(
          "{} stream threads died without progress, at most {} may (ingest.mostDeaths): ingest"
              + " ends",
          inARow,
          mostDeaths,
          exception);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    Instant now = clock.instant();
    deaths.add(now);
    while (deaths.getFirst().isBefore(now.minus(WITHIN))) {
      deaths.removeFirst();
    }
    if (deaths.size() > MOST_DEATHS) {
      log.error(
          "{} stream threads died within {} s, at most {} may: ingest ends",
          deaths.size(),
          WITHIN.toSeconds(),
          MOST_DEATHS,
          exception);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    log.warn("a stream thread died; another goes on from the last commit", exception);
    beforeReplacing.run();
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  /** A successor would be denied the same. */
  private static boolean denied(Throwable exception) {
    for (Throwable e = exception; e != null; e = e.getCause()) {
      if (e instanceof AuthorizationException) {
        return true;
      }
    }
    return false;
  }
}
