package io.millrace.learner.loop;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.evaluate.KnnProbe;
import io.millrace.learner.evaluate.ProbeImages;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Computes the kNN metric on held-out labeled images, where there are any, when it is due, but
 * spends no more than 3 % of the time on it.
 */
final class ProbeRunner {
  private static final double MOST_OF_THE_TIME = 0.03;

  private final LearnerParts parts;
  private final StatusTracker status;
  private final @Nullable KnnProbe probe;
  private final Interval interval;
  private @Nullable KnnMetrics latest;
  private long probedStep = -1;

  /**
   * @param probe of {@link #probe}
   * @param step of the session where it begins
   */
  ProbeRunner(LearnerParts parts, StatusTracker status, @Nullable KnnProbe probe, long step) {
    this.parts = parts;
    this.status = status;
    this.probe = probe;
    this.interval = new Interval(0, parts.settings().probe().everySeconds(), parts.clock(), step);
  }

  /** The probe of a session that has not been restored: it compares with the initial weights. */
  static @Nullable KnnProbe probe(LearnerParts parts, LearnerSession session) {
    ProbeImages images = parts.probe();
    return images == null
        ? null
        : new KnnProbe(
            parts.engine(),
            new EvalView(parts.preprocessing()),
            images,
            parts.settings().probe(),
            session.representation());
  }

  void runIfDue(LearnerSession session) {
    if (interval.due(session.tracker().step)) {
      Instant started = parts.clock().instant();
      run(session);
      Duration took = Duration.between(started, parts.clock().instant());
      interval.done(session.tracker().step, took, MOST_OF_THE_TIME);
    }
  }

  /** The metric, computed where it is not that of the latest update already. */
  @Nullable KnnMetrics run(LearnerSession session) {
    return probedStep == session.tracker().step ? latest : last(session);
  }

  /**
   * Computes the metric of a session's network as it is now, an annealed copy's at a stop, and
   * tells it; null without images.
   */
  @Nullable KnnMetrics last(LearnerSession session) {
    KnnProbe p = probe;
    if (p != null) {
      long started = System.nanoTime();
      KnnMetrics measured = p.metrics(session.representation());
      latest = measured;
      probedStep = session.tracker().step;
      status.probed(measured);
      long took = System.nanoTime() - started;
      status.phase("probe", took);
      parts.metrics().probed(measured, took);
    }
    return latest;
  }

  /** The metric of a session's network as it is now, told to nobody; null without images. */
  @Nullable KnnMetrics of(LearnerSession session) {
    KnnProbe p = probe;
    return p == null ? null : p.metrics(session.representation());
  }

  /** The latest metrics; null before the first. */
  @Nullable KnnMetrics latest() {
    return latest;
  }
}
