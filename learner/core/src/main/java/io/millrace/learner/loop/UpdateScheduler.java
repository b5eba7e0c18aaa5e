package io.millrace.learner.loop;

import io.millrace.learner.method.StepReport;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Decides what the next update learns from: a pending one from replay, else the next batch of the
 * stream, else, when nothing came, an extra one from replay or nothing ({@link Idle}).
 */
final class UpdateScheduler {
  private static final Duration LONGEST_PATIENCE = Duration.ofMillis(200);

  private final LearnerParts parts;
  private final StatusTracker status;
  private final Prefetcher ahead;
  private final GroupWords words;
  private final Duration patience;
  private boolean starved;
  private long consumed;

  /**
   * @param ahead where the stream's batches come from
   * @param words by which the others learn of it
   */
  UpdateScheduler(LearnerParts parts, StatusTracker status, Prefetcher ahead, GroupWords words) {
    this.words = words;
    this.parts = parts;
    this.status = status;
    this.ahead = ahead;
    Duration wait = parts.settings().batchWait();
    this.patience = wait.compareTo(LONGEST_PATIENCE) < 0 ? wait : LONGEST_PATIENCE;
  }

  /** Makes at most one update. */
  void runOnce(LearnerSession session) throws InterruptedException {
    if (session.hasPendingUpdates()) {
      replay(session);
    } else {
      boolean replays = parts.settings().idle() == Idle.REPLAY && session.canReplay();
      PreparedBatch batch = next(replays);
      if (batch != null) {
        consume(session, batch);
      } else if (replays) {
        replay(session);
      } else {
        words.say(GroupWords.Word.IDLE);
        status.state(LearnerState.IDLE);
      }
    }
    if (!session.hasPendingUpdates()) {
      ahead.settled(consumed);
    }
  }

  private @Nullable PreparedBatch next(boolean replays) throws InterruptedException {
    long asked = System.nanoTime();
    // Once the stream has kept it waiting, replay fills the time until the next batch is there.
    PreparedBatch batch = ahead.poll(replays && starved ? Duration.ZERO : patience);
    starved = batch == null;
    long waited = System.nanoTime() - asked;
    parts.metrics().waited(waited);
    status.phase("wait", waited);
    return batch;
  }

  private void consume(LearnerSession session, PreparedBatch batch) {
    consumed++;
    status.state(LearnerState.LEARNING);
    long started = System.nanoTime();
    OptionalLong lag = ahead.lag();
    words.say(GroupWords.Said.consume(batch, lag));
    StepReport report = session.consume(batch, lag);
    batch.images().forEach(image -> image.span().close());
    ahead.showProgress(session.position());
    parts
        .metrics()
        .consumed(
            batch.images().size(),
            batch.duplicates(),
            batch.gaps(),
            batch.undecodable(),
            batch.forgotten().size());
    if (report != null) {
      updated(session, report, false, System.nanoTime() - started);
    }
  }

  private void replay(LearnerSession session) {
    long started = System.nanoTime();
    words.say(GroupWords.Word.REPLAY);
    StepReport report = session.replay();
    if (report != null) {
      updated(session, report, true, System.nanoTime() - started);
    }
  }

  private void updated(LearnerSession session, StepReport report, boolean fromReplay, long nanos) {
    status.updated(report, nanos);
    parts.metrics().updated(report, fromReplay, nanos);
    parts.listener().updated(session.tracker().step, report);
  }
}
