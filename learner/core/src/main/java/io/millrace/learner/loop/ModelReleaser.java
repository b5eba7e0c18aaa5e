package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.group.BrokenGroupException;
import io.millrace.learner.release.AnnealSettings;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Releases the model when that is due, and tries again where it failed. */
final class ModelReleaser {
  private static final Logger LOG = LoggerFactory.getLogger(ModelReleaser.class);
  private static final Duration RETRY = Duration.ofSeconds(30);

  private final LearnerParts parts;
  private final StatusTracker status;
  private final MonitorRunner monitors;
  private final ProbeRunner probe;
  private final GroupWords words;
  private final BooleanSupplier stopping;
  private final long epoch;
  private final Interval interval;
  private Instant retryAt = Instant.MIN;

  /**
   * @param epoch of the lease that releases are made under
   * @param releasedStep of the session where it begins
   * @param words by which the others hear of a release
   * @param stopping whether the learner has been asked to stop
   */
  ModelReleaser(
      LearnerParts parts,
      StatusTracker status,
      MonitorRunner monitors,
      ProbeRunner probe,
      long epoch,
      long releasedStep,
      GroupWords words,
      BooleanSupplier stopping) {
    this.words = words;
    this.stopping = stopping;
    this.parts = parts;
    this.status = status;
    this.monitors = monitors;
    this.probe = probe;
    this.epoch = epoch;
    this.interval =
        new Interval(
            parts.settings().release().everySteps(),
            parts.settings().release().everySeconds(),
            parts.clock(),
            Math.max(0, releasedStep));
  }

  /** Publishes what a crash kept back, and says which release is the latest. */
  static void finish(LearnerParts parts, StatusTracker status) throws IOException {
    ReleasePublisher publisher = parts.releases();
    if (publisher != null) {
      publisher.finish(parts.settings().model());
      status.latestRelease(publisher.latestVersion(parts.settings().model()));
    }
  }

  void releaseIfDue(LearnerSession session) throws IOException {
    if (!isDue(session)) {
      return;
    }
    monitors.compute(session);
    if (!session.isMidBatch()) {
      monitors.guard(session);
    }
    // A release that could not be made is due again; one that is held back is not.
    ProgressTracker tracker = session.tracker();
    int annealed = anneal().of(tracker.step - Math.max(0, tracker.releasedStep()));
    if (session.guard().collapsed()
        || release(session, annealed, () -> accuracy(session, annealed), this::givesUp)) {
      session.releaseDecided();
      interval.done(tracker.step);
    }
  }

  private AnnealSettings anneal() {
    return parts.settings().replay().keepsImages()
        ? parts.settings().release().anneal()
        : AnnealSettings.none();
  }

  private boolean isDue(LearnerSession session) {
    if (parts.releases() == null || parts.clock().instant().isBefore(retryAt)) {
      return false;
    }
    ProgressTracker tracker = session.tracker();
    return tracker.releasedStep() < 0
        ? tracker.step >= warmUp()
        : session.wantsRelease() || interval.due(tracker.step);
  }

  private long warmUp() {
    return Math.max(1, parts.settings().release().warmUpSteps());
  }

  /**
   * Releases the model at the end of a run, where that is asked for and it has learned since. The
   * last accuracy that is told is that of the release.
   */
  void releaseAtStop(LearnerSession session) {
    ProgressTracker tracker = session.tracker();
    if (parts.settings().release().atStop()
        && tracker.step > tracker.releasedStep()
        && !session.guard().collapsed()
        && tracker.step >= warmUp()) {
      int annealed = anneal().atStop(tracker.step, status.secondsPerUpdate());
      release(
          session,
          annealed,
          () -> annealed > 0 ? probe.last(session) : probe.run(session),
          () -> false);
    }
    probe.run(session);
  }

  /** Others in a group can't know that their leader has been asked to stop, and go on. */
  private boolean givesUp() {
    return words.alone() && stopping.getAsBoolean();
  }

  /**
   * Whether a release was made; if not, it is tried again.
   *
   * @param annealed updates of the copy that is released; 0 for none
   * @param accuracy of what is released, asked once that is the session's network
   */
  private boolean release(
      LearnerSession session,
      int annealed,
      Supplier<@Nullable KnnMetrics> accuracy,
      BooleanSupplier givenUp) {
    ReleasePublisher publisher = parts.releases();
    if (publisher == null) {
      return false;
    }
    try {
      monitors.compute(session);
      long started = System.nanoTime();
      var annealing = new AtomicLong();
      Supplier<ReleaseDraft> drawn =
          () -> {
            annealing.set(System.nanoTime() - started);
            compare(session, publisher, accuracy.get());
            return session.draft(epoch);
          };
      if (annealed > 0) {
        words.say(GroupWords.Said.anneal(annealed));
      }
      ReleaseDraft draft =
          annealed > 0 ? session.asReleased(annealed, drawn, givenUp) : drawn.get();
      if (annealed > 0) {
        status.phase("anneal", annealing.get());
      }
      status.phase("release", System.nanoTime() - started - annealing.get());
      parts.lease().confirm(session.tracker().step);
      ReleaseManifest manifest = publisher.publish(draft);
      words.say(GroupWords.Word.RELEASED);
      session.released();
      status.released(manifest.version());
      parts.metrics().released(manifest.version());
      LOG.info("released {} at step {}", manifest.key(), manifest.step());
      return true;
    } catch (FencedException | BrokenGroupException e) {
      throw e;
    } catch (CancellationException e) {
      LOG.info("the release at step {} is {}", session.tracker().step, e.getMessage());
      return false;
    } catch (IOException | RuntimeException e) {
      retryAt = parts.clock().instant().plus(RETRY);
      parts.metrics().releaseFailed();
      LOG.error("could not release a model, it is tried again: {}", e.toString());
      return false;
    }
  }

  /** A copy's own accuracy where the gate asks for it: else that costs more than it tells. */
  private @Nullable KnnMetrics accuracy(LearnerSession session, int annealed) {
    boolean own = annealed > 0 && parts.settings().release().gate().minKnn() > 0;
    return own ? probe.of(session) : probe.latest();
  }

  /** Metrics that the gate asks for and no monitor gives: accuracy, drift from what serves. */
  private void compare(
      LearnerSession session, ReleasePublisher publisher, @Nullable KnnMetrics accuracy) {
    if (accuracy != null) {
      session.metric("knn", accuracy.trained());
    }
    publisher
        .serving(parts.settings().model(), parts.engine())
        .ifPresent(
            before -> {
              try (before) {
                session.drift(before.network());
              }
            });
  }
}
