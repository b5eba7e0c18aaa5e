package io.millrace.ops.cli;

import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.method.StepReport;

/** Images learned from in this run and the time between its first and its last update. */
final class LearningPace implements LearnerListener {
  private long firstNanos;
  private long lastNanos;
  private long images;
  private long updates;

  @Override
  public synchronized void updated(long step, StepReport report) {
    lastNanos = System.nanoTime();
    if (updates++ == 0) {
      firstNanos = lastNanos; // the first one's own time is not known: it only starts the clock
    } else {
      images += report.images();
    }
  }

  /** Not finite before the second update. */
  synchronized double updatesPerSecond() {
    return updates < 2 ? Double.NaN : (updates - 1) * 1e9 / Math.max(1, lastNanos - firstNanos);
  }

  synchronized long updates() {
    return updates;
  }

  /** Replayed images count too. */
  synchronized double imagesPerSecond() {
    long spent = lastNanos - firstNanos;
    return spent <= 0 ? 0 : images * 1e9 / spent;
  }
}
