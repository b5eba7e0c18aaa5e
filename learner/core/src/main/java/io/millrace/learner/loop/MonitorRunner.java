package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.monitor.CollapseGuard;
import io.millrace.learner.monitor.GuardSettings;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Computes the monitors when they are due, and does what the collapse guard asks for. */
final class MonitorRunner {
  private static final Logger LOG = LoggerFactory.getLogger(MonitorRunner.class);

  private final LearnerParts parts;
  private final Lineage lineage;
  private final CheckpointSaver saver;
  private final StatusTracker status;
  private final GroupWords words;
  private final Interval interval;
  private boolean releasesOnHold;
  private long computedStep = -1;

  /**
   * @param lineage of the checkpoints that may be gone back to
   * @param words by which the others do the same
   */
  MonitorRunner(
      LearnerParts parts,
      StatusTracker status,
      Lineage lineage,
      CheckpointSaver saver,
      GroupWords words) {
    this.words = words;
    this.parts = parts;
    this.status = status;
    this.lineage = lineage;
    this.saver = saver;
    this.interval = new Interval(parts.settings().monitor().everySteps(), 0, parts.clock(), 0);
  }

  void runIfDue(LearnerSession session) throws IOException {
    if (interval.due(session.tracker().step)) {
      compute(session);
      guard(session);
      interval.done(session.tracker().step);
    }
  }

  /** Computes the monitors, where they are not those of the latest update already. */
  void compute(LearnerSession session) {
    if (computedStep == session.tracker().step) {
      return;
    }
    computedStep = session.tracker().step;
    long started = System.nanoTime();
    Map<String, Double> measured = session.measure();
    words.say(GroupWords.Said.monitored(measured));
    session.monitored(measured);
    long took = System.nanoTime() - started;
    status.phase("monitors", took);
    parts.metrics().monitored(measured, took);
  }

  /** Holds releases while the model has collapsed, and goes back where it is told to. */
  void guard(LearnerSession session) throws IOException {
    CollapseGuard guard = session.guard();
    String model = parts.settings().model();
    parts.metrics().guarded(guard.healthy(), guard.collapsed());
    if (!guard.collapsed()) {
      if (releasesOnHold) {
        releasesOnHold = false;
        LOG.info("the model of {} is healthy again, releases go on", model);
      }
      return;
    }
    if (!releasesOnHold) {
      releasesOnHold = true;
      LOG.error("the model of {} has collapsed, nothing is released: {}", model, guard.reasons());
    }
    if (parts.settings().monitor().guard().action() == GuardSettings.Action.ROLL_BACK) {
      rollBack(session);
    }
  }

  private void rollBack(LearnerSession session) throws IOException {
    Optional<Checkpoint> healthy = parts.checkpoints().restoreHealthy(lineage);
    if (healthy.isEmpty()) {
      LOG.error("there is no healthy checkpoint to go back to");
      return;
    }
    words.say(GroupWords.Word.ROLL_BACK);
    words.requireSame(healthy);
    session.rollBack(healthy.get());
    computedStep = -1;
    releasesOnHold = false;
    parts.metrics().rolledBack();
    LOG.warn(
        "went back to the weights of {}, with learning rates times {}",
        healthy.get().name(),
        parts.settings().monitor().guard().rateFactor());
    saver.tryToSave(session);
  }
}
