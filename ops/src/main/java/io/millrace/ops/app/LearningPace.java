package io.millrace.ops.app;

import io.millrace.learner.loop.LearnerListener;
import io.millrace.learner.method.StepReport;

/** Images learned from in this run and the time between its first and its last update. */
final class LearningPace implements LearnerListener {
  private long firstNanos;
  private long lastNanos;
  private long images;
  private long updates;
  private boolean caughtUp;

  @Override
  public synchronized void updated(long step, StepReport report) {
    lastNanos = System.nanoTime();
    if (updates++ == 0) {
      firstNanos = lastNanos; // the first one's own time is not known: it only starts the clock
    } else {
      images += report.images();
    }
  }

  @Override
  public synchronized void caughtUp() {
    caughtUp = true;
    notifyAll();
  }

  /** Forgets that the learner caught up: more is on its way. */
  synchronized void behindAgain() {
    caughtUp = false;
  }

  synchronized boolean isCaughtUp() {
    return caughtUp;
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
