package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.method.StepReport;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Does to its session what the leader says, until the generation ends. Saves nothing. */
final class FollowerLoop {
  private final LearnerParts parts;
  private final StatusTracker status;
  private final GroupWords words;
  private final Lineage lineage;

  /**
   * @param lineage of the checkpoints that the leader goes back to
   */
  FollowerLoop(LearnerParts parts, StatusTracker status, GroupWords words, Lineage lineage) {
    this.parts = parts;
    this.status = status;
    this.words = words;
    this.lineage = lineage;
  }

  void run(LearnerSession session) throws IOException {
    for (GroupWords.Said said = words.hear();
        said.word() != GroupWords.Word.END;
        said = words.hear()) {
      obey(said, session);
      status.publish(session);
      words.roundEnded(session);
    }
  }

  private void obey(GroupWords.Said said, LearnerSession session) throws IOException {
    long started = System.nanoTime();
    switch (said.word()) {
      case CONSUME -> {
        PreparedBatch batch = Objects.requireNonNull(said.batch());
        updated(session, session.consume(batch, said.lag()), false, started);
      }
      case REPLAY -> updated(session, session.replay(), true, started);
      case MONITORED -> session.monitored(said.metrics());
      case ROLL_BACK -> rollBack(session);
      case ANNEAL -> session.asReleased(said.updates(), () -> true, () -> false);
      case RELEASED -> session.released();
      case COMPARE -> words.compare(session);
      case IDLE -> status.state(LearnerState.IDLE);
      case END -> throw new IllegalStateException("the generation has ended");
    }
  }

  private void rollBack(LearnerSession session) throws IOException {
    Optional<Checkpoint> healthy = parts.checkpoints().restoreHealthy(lineage);
    words.requireSame(healthy);
    session.rollBack(healthy.orElseThrow()); // the leader has one, and it is the same
  }

  private void updated(
      LearnerSession session, @Nullable StepReport report, boolean fromReplay, long started) {
    status.state(LearnerState.LEARNING);
    if (report != null) {
      long nanos = System.nanoTime() - started;
      status.updated(report, nanos);
      parts.metrics().updated(report, fromReplay, nanos);
      parts.listener().updated(session.tracker().step, report);
    }
  }
}
