package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.LearnerProgress;
import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.learner.method.StepReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Counts while a learner runs; {@link #progress} is the value, which checkpoints keep and the
 * status shows.
 */
final class ProgressTracker {
  private static final int WINDOW = 20;

  long step;
  int pendingUpdates;
  long applied;
  long duplicates;
  long gaps;
  long undecodable;
  long forgotten;
  long skipped;
  int skippedInARow;
  boolean unhealthy;
  long shortened;
  long drifts;
  private long released;
  private long turns;
  private final List<Double> firstLosses = new ArrayList<>();
  private final List<Double> firstSkills = new ArrayList<>();
  private final Deque<Double> lastLosses = new ArrayDeque<>();
  private final Deque<Double> lastSkills = new ArrayDeque<>();

  ProgressTracker() {
    restore(LearnerProgress.none());
  }

  void restore(LearnerProgress from) {
    step = from.step();
    pendingUpdates = from.pendingUpdates();
    restore(from.counters());
    unhealthy = from.unhealthy();
    released = from.released();
    firstLosses.clear();
    firstLosses.addAll(from.firstLosses());
    firstSkills.clear();
    firstSkills.addAll(from.firstSkills());
    lastLosses.clear();
    lastLosses.addAll(from.lastLosses());
    lastSkills.clear();
    lastSkills.addAll(from.lastSkills());
  }

  private void restore(TrainingCounters from) {
    applied = from.applied();
    duplicates = from.duplicates();
    gaps = from.gaps();
    undecodable = from.undecodable();
    forgotten = from.forgotten();
    skipped = from.skipped();
    shortened = from.shortened();
    drifts = from.drifts();
  }

  void consumed(PreparedBatch batch) {
    if (batch.images().isEmpty()) {
      turns++; // one with images makes an update, which counts
    }
    applied += batch.images().size();
    duplicates += batch.duplicates();
    gaps += batch.gaps();
    undecodable += batch.undecodable();
    forgotten += batch.forgotten().size();
  }

  void updated(StepReport report) {
    step++;
    turns++;
    skippedInARow = 0;
    note(report.loss(), firstLosses, lastLosses);
    note(report.skill(), firstSkills, lastSkills);
  }

  /** An update was skipped; its number counts, for the next one draws by another. */
  void skipped() {
    step++;
    turns++;
    skipped++;
    skippedInARow++;
  }

  private static void note(double value, List<Double> first, Deque<Double> last) {
    if (first.size() < WINDOW) {
      first.add(value);
    }
    last.addLast(value);
    if (last.size() > WINDOW) {
      last.removeFirst();
    }
  }

  void released() {
    released = step;
    turns++;
  }

  /** Step of the latest release; −1 before the first. */
  long releasedStep() {
    return released;
  }

  /** Changes since this run began: updates, batches without an image to learn from, releases. */
  long turns() {
    return turns;
  }

  LearnerProgress progress() {
    return new LearnerProgress(
        step,
        pendingUpdates,
        new TrainingCounters(
            applied, duplicates, gaps, undecodable, forgotten, skipped, shortened, drifts),
        released,
        firstLosses,
        List.copyOf(lastLosses),
        firstSkills,
        List.copyOf(lastSkills),
        unhealthy);
  }
}
