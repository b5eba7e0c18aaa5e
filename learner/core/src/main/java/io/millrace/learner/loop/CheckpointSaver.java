package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.group.BrokenGroupException;
import java.io.IOException;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves a session's checkpoints: when they are due, and again and again where saving fails. */
final class CheckpointSaver {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointSaver.class);
  private static final int FAILURES = 5;

  private final LearnerParts parts;
  private final StatusTracker status;
  private final long epoch;
  private final GroupWords words;
  private final Interval interval;
  private long savedTurns = -1;
  private int failures;

  /**
   * @param epoch of the lease that checkpoints are saved under
   * @param turns of the session where it begins
   * @param words by which the others compare what is saved
   */
  CheckpointSaver(
      LearnerParts parts, StatusTracker status, long epoch, long turns, GroupWords words) {
    this.words = words;
    this.parts = parts;
    this.status = status;
    this.epoch = epoch;
    this.interval =
        new Interval(
            parts.settings().checkpoint().everySteps(),
            parts.settings().checkpoint().everySeconds(),
            parts.clock(),
            turns);
  }

  void saveIfDue(LearnerSession session) {
    if (interval.due(session.tracker().turns())) {
      tryToSave(session);
      interval.done(session.tracker().turns());
    }
  }

  /**
   * Saves a checkpoint; a failure is counted, and learning goes on.
   *
   * @throws IllegalStateException after too many failures in a row
   */
  void tryToSave(LearnerSession session) {
    long started = System.nanoTime();
    try {
      save(session);
      failures = 0;
    } catch (FencedException | BrokenGroupException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      failures++;
      parts.metrics().checkpointFailed();
      status.checkpointFailed(e.toString());
      LOG.error("could not save a checkpoint ({} times in a row): {}", failures, e.toString());
      if (failures >= FAILURES) {
        throw new IllegalStateException(
            "could not save a checkpoint " + failures + " times in a row: " + e.getMessage(), e);
      }
    }
    status.phase("checkpoint", System.nanoTime() - started);
  }

  /** Saves what changed, if anything did. */
  void save(LearnerSession session) throws IOException {
    long turns = session.tracker().turns();
    if (turns == savedTurns) {
      return;
    }
    long started = System.nanoTime();
    Instant now = parts.clock().instant();
    Checkpoint checkpoint = session.checkpoint(epoch, now);
    var saved =
        parts.checkpoints().save(checkpoint, () -> parts.lease().confirm(checkpoint.name().step()));
    savedTurns = turns;
    status.checkpointSaved(now);
    words.compareWith(session);
    parts.metrics().checkpointSaved(System.nanoTime() - started, parts.checkpoints().bytes(saved));
  }
}
