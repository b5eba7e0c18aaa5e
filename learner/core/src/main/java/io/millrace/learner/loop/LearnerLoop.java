package io.millrace.learner.loop;

import io.millrace.learner.augment.EvalView;
import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.evaluate.KnnFigures;
import io.millrace.learner.evaluate.KnnProbe;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.monitor.CollapseGuard;
import io.millrace.learner.monitor.GuardSettings;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feed → step → checkpoint → release, as a small state machine ({@link LearnerState}).
 *
 * <p>One turn makes at most one update: an owed one from replay, else one on the next batch, else,
 * when nothing came, an extra one from replay or none ({@link Idle}). Checkpoints, releases,
 * monitors and probes come between turns and change nothing that is learned, so under {@link
 * Idle#REST} the updates are a function of the log, the seed and the settings alone, restarts
 * included.
 *
 * <p>Used once: {@link #run} on one thread, which alone touches the engine; the other methods on
 * any.
 */
public final class LearnerLoop {
  private static final Logger LOG = LoggerFactory.getLogger(LearnerLoop.class);
  private static final Duration LONGEST_PATIENCE = Duration.ofMillis(200);
  private static final int FAILURES = 5;
  private static final Duration RETRY = Duration.ofSeconds(30);

  private final LearnerParts parts;
  private final LearnerSettings settings;
  private final Duration patience;
  private final Rate rate = new Rate();
  private final Map<String, Long> phaseNanos = new HashMap<>();
  private final AtomicReference<LearnerStatus> status;
  private volatile boolean stopRequested;
  private volatile @Nullable Prefetcher prefetcher;
  private volatile @Nullable Instant checkpointAt;

  private LearnerState state = LearnerState.STARTING;
  private @Nullable StepReport lastReport;
  private @Nullable KnnProbe probe;
  private @Nullable KnnFigures knn;
  private Instant releaseRetry = Instant.MIN;
  private boolean starved;
  private boolean held;
  private long probedStep = -1;
  private long monitoredStep = -1;
  private long epoch;
  private long updates;
  private long taken;
  private long savedTurns = -1;
  private long release;
  private long releases;
  private long checkpoints;
  private int failures;

  public LearnerLoop(LearnerParts parts) {
    this.parts = parts;
    this.settings = parts.settings();
    this.patience =
        settings.batchWait().compareTo(LONGEST_PATIENCE) < 0
            ? settings.batchWait()
            : LONGEST_PATIENCE;
    this.status = new AtomicReference<>(status(new Tally(), null, null));
  }

  /** Asks for a clean stop: the update under way ends, a last checkpoint is saved. */
  public void requestStop() {
    stopRequested = true;
  }

  /** Where the learner is. */
  public LearnerStatus status() {
    LearnerStatus s = status.get();
    Prefetcher p = prefetcher;
    return p == null
        ? s.at(OptionalLong.empty(), checkpointAge(), null)
        : s.at(p.lag(), checkpointAge(), p.caughtUpTo());
  }

  /**
   * Learns until a stop is asked for.
   *
   * @throws FencedException when another learner took the model over
   * @throws io.millrace.ingest.feed.PositionMismatchException when the checkpoint belongs to
   *     another cluster or a re-created topic
   * @throws IllegalStateException when the checkpoint is of other settings, the loss is no number,
   *     or checkpoints can't be saved again and again
   * @throws UncheckedIOException when no checkpoint there is can be read
   */
  public void run() {
    LearnerSession session = null;
    try {
      try (WriterLease lease = parts.lease();
          var ahead = new Prefetcher(parts)) {
        prefetcher = ahead;
        Lineage lineage = lease.acquire(parts.checkpoints().highestEpoch());
        epoch = lineage.epoch();
        parts.metrics().leased(epoch);
        enter(LearnerState.RESTORING, null);
        session = new LearnerSession(parts);
        open(session, lineage);
        ahead.start();
        enter(LearnerState.LEARNING, session);
        learn(session, ahead, lineage);
        enter(LearnerState.DRAINING, session);
        drain(session);
      }
      enter(LearnerState.CLOSED, session);
    } catch (IOException e) {
      fail(session, e);
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(session, e);
      throw new IllegalStateException("the learner was interrupted", e);
    } catch (RuntimeException | Error e) {
      fail(session, e);
      throw e;
    } finally {
      if (session != null) {
        session.close();
      }
    }
  }

  private void open(LearnerSession session, Lineage lineage) throws IOException {
    ProbeImages images = parts.probe();
    if (images != null) {
      var view = new EvalView(parts.preprocessing());
      probe =
          new KnnProbe(parts.engine(), view, images, settings.probe(), session.representation());
    }
    Optional<Checkpoint> found = parts.checkpoints().restore(lineage);
    found.ifPresent(session::restore);
    parts.lease().adopt(parts.checkpoints().id(), found.map(Checkpoint::name).orElse(null));
    LOG.info(
        "model {}: epoch {}, {}",
        settings.model(),
        epoch,
        found.map(c -> "goes on from " + c.name()).orElse("begins anew"));
    ReleasePublisher publisher = parts.releases();
    if (publisher != null) {
      publisher.finish(settings.model());
      release = publisher.latestVersion(settings.model());
    }
    parts.feed().seek(session.position());
  }

  private void learn(LearnerSession session, Prefetcher ahead, Lineage lineage)
      throws IOException, InterruptedException {
    Tally tally = session.tally();
    var checkpointing =
        new Cadence(
            settings.checkpoint().everySteps(),
            settings.checkpoint().everySeconds(),
            parts.clock(),
            tally.turns());
    var releasing =
        new Cadence(
            settings.release().everySteps(),
            settings.release().everySeconds(),
            parts.clock(),
            Math.max(0, tally.releasedStep()));
    var monitoring = new Cadence(settings.monitor().everySteps(), 0, parts.clock(), 0);
    var probing = new Cadence(0, settings.probe().everySeconds(), parts.clock(), tally.step);
    probe(session);
    while (!stopRequested || session.isMidBatch()) {
      turn(session, ahead);
      if (!session.owesReplay()) {
        ahead.settled(taken);
      }
      boolean whole = !session.isMidBatch();
      if (whole && monitoring.due(tally.step)) {
        monitor(session);
        guard(session, lineage);
        monitoring.done(tally.step);
      }
      if (whole && checkpointing.due(tally.turns())) {
        checkpoint(session);
        checkpointing.done(tally.turns());
      }
      if (releaseDue(session, releasing)) {
        monitor(session);
        if (whole) {
          guard(session, lineage);
        }
        // A release that could not be made is due again; one that is held back is not.
        if (session.guard().collapsed() || release(session)) {
          session.releaseDecided();
          releasing.done(tally.step);
        }
      }
      if (probing.due(tally.step)) {
        probe(session);
        probing.done(tally.step);
      }
      publish(session);
    }
  }

  /** One turn. */
  private void turn(LearnerSession session, Prefetcher ahead) throws InterruptedException {
    if (session.owesReplay()) {
      replay(session);
      return;
    }
    long asked = System.nanoTime();
    boolean replays = settings.idle() == Idle.REPLAY && session.canReplay();
    // Once the stream has kept it waiting, replay fills the time until the next batch is there.
    PreparedBatch batch = ahead.poll(replays && starved ? Duration.ZERO : patience);
    starved = batch == null;
    parts.metrics().waited(System.nanoTime() - asked);
    phase("wait", System.nanoTime() - asked);
    if (batch != null) {
      taken++;
      state = LearnerState.LEARNING;
      long started = System.nanoTime();
      StepReport report = session.takeIn(batch, ahead.lag());
      ahead.showProgress(session.position());
      parts
          .metrics()
          .tookIn(
              batch.images().size(),
              batch.duplicates(),
              batch.gaps(),
              batch.undecodable(),
              batch.forgotten().size());
      if (report != null) {
        updated(session, report, false, System.nanoTime() - started);
      }
    } else if (replays) {
      replay(session);
    } else {
      state = LearnerState.IDLE;
    }
  }

  private void replay(LearnerSession session) {
    long started = System.nanoTime();
    StepReport report = session.replay();
    if (report != null) {
      updated(session, report, true, System.nanoTime() - started);
    }
  }

  private void updated(LearnerSession session, StepReport report, boolean fromReplay, long nanos) {
    lastReport = report;
    updates++;
    rate.add(parts.clock().millis(), report.images());
    report.phaseNanos().forEach(this::phase);
    phase("step", nanos);
    parts.metrics().updated(report, fromReplay, nanos);
    parts.listener().updated(session.tally().step, report);
  }

  /** Computes the monitors, where they are not those of the latest update already. */
  private void monitor(LearnerSession session) {
    if (monitoredStep == session.tally().step) {
      return;
    }
    monitoredStep = session.tally().step;
    long started = System.nanoTime();
    Map<String, Double> figures = session.monitor();
    parts.metrics().monitored(figures, System.nanoTime() - started);
  }

  /** Holds releases while the model has collapsed, and goes back where it is told to. */
  private void guard(LearnerSession session, Lineage lineage) throws IOException {
    CollapseGuard guard = session.guard();
    parts.metrics().guarded(guard.healthy(), guard.collapsed());
    if (!guard.collapsed()) {
      if (held) {
        held = false;
        LOG.info("the model of {} is healthy again, releases go on", settings.model());
      }
      return;
    }
    if (!held) {
      held = true;
      LOG.error(
          "the model of {} has collapsed, nothing is released: {}",
          settings.model(),
          guard.reasons());
    }
    if (settings.monitor().guard().action() == GuardSettings.Action.ROLL_BACK) {
      Optional<Checkpoint> healthy = parts.checkpoints().restoreHealthy(lineage);
      if (healthy.isEmpty()) {
        LOG.error("there is no healthy checkpoint to go back to");
        return;
      }
      session.rollBack(healthy.get());
      monitoredStep = -1;
      held = false;
      parts.metrics().rolledBack();
      LOG.warn(
          "went back to the weights of {}, with learning rates times {}",
          healthy.get().name(),
          settings.monitor().guard().rateFactor());
      checkpoint(session);
    }
  }

  private void probe(LearnerSession session) {
    KnnProbe p = probe;
    if (p != null && probedStep != session.tally().step) {
      long started = System.nanoTime();
      KnnFigures figures = p.figures(session.representation());
      knn = figures;
      probedStep = session.tally().step;
      parts.metrics().probed(figures, System.nanoTime() - started);
    }
  }

  private void checkpoint(LearnerSession session) {
    long started = System.nanoTime();
    try {
      save(session);
      failures = 0;
    } catch (FencedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      failures++;
      parts.metrics().checkpointFailed();
      LOG.error("could not save a checkpoint ({} times in a row): {}", failures, e.toString());
      if (failures >= FAILURES) {
        throw new IllegalStateException(
            "could not save a checkpoint " + failures + " times in a row: " + e.getMessage(), e);
      }
    }
    phase("checkpoint", System.nanoTime() - started);
  }

  /** Saves what changed, if anything did. */
  private void save(LearnerSession session) throws IOException {
    long turns = session.tally().turns();
    if (turns == savedTurns) {
      return;
    }
    long started = System.nanoTime();
    Instant now = parts.clock().instant();
    Checkpoint checkpoint = session.checkpoint(epoch, now);
    var saved =
        parts.checkpoints().save(checkpoint, () -> parts.lease().confirm(checkpoint.name().step()));
    savedTurns = turns;
    checkpointAt = now;
    checkpoints++;
    parts.metrics().checkpointSaved(System.nanoTime() - started, parts.checkpoints().bytes(saved));
  }

  private boolean releaseDue(LearnerSession session, Cadence releasing) {
    if (parts.releases() == null || parts.clock().instant().isBefore(releaseRetry)) {
      return false;
    }
    Tally tally = session.tally();
    return tally.releasedStep() < 0
        ? tally.step >= Math.max(1, settings.release().warmUpSteps())
        : session.wantsRelease() || releasing.due(tally.step);
  }

  /** Whether a release was made; if not, it is tried again. */
  private boolean release(LearnerSession session) {
    ReleasePublisher publisher = parts.releases();
    if (publisher == null) {
      return false;
    }
    try {
      monitor(session);
      compare(session, publisher);
      parts.lease().confirm(session.tally().step);
      ReleaseManifest manifest = publisher.publish(session.draft(epoch));
      session.released();
      release = manifest.version();
      releases++;
      parts.metrics().released(release);
      LOG.info("released {} at step {}", manifest.key(), manifest.step());
      return true;
    } catch (FencedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      releaseRetry = parts.clock().instant().plus(RETRY);
      parts.metrics().releaseFailed();
      LOG.error("could not release a model, it is tried again: {}", e.toString());
      return false;
    }
  }

  /** Figures that the gate asks for and no monitor gives: accuracy, drift from what serves. */
  private void compare(LearnerSession session, ReleasePublisher publisher) {
    KnnFigures accuracy = knn;
    if (accuracy != null) {
      session.figure("knn", accuracy.trained());
    }
    publisher
        .serving(settings.model(), parts.engine())
        .ifPresent(
            before -> {
              try (before) {
                session.drift(before.network());
              }
            });
  }

  private void drain(LearnerSession session) throws IOException {
    if (settings.monitor().everySteps() > 0) {
      monitor(session);
    }
    probe(session);
    Tally tally = session.tally();
    if (settings.release().atStop()
        && tally.step > tally.releasedStep()
        && !session.guard().collapsed()
        && tally.step >= Math.max(1, settings.release().warmUpSteps())) {
      release(session);
    }
    save(session);
  }

  private void fail(@Nullable LearnerSession session, Throwable e) {
    if (e instanceof FencedException) {
      parts.metrics().fenced();
    }
    LOG.error("the learner of {} failed: {}", settings.model(), e.getMessage());
    state = LearnerState.FAILED;
    status.set(status(session == null ? new Tally() : session.tally(), session, e));
  }

  private void enter(LearnerState next, @Nullable LearnerSession session) {
    state = next;
    status.set(status(session == null ? new Tally() : session.tally(), session, null));
  }

  private void publish(LearnerSession session) {
    status.set(status(session.tally(), session, null));
  }

  private void phase(String name, long nanos) {
    phaseNanos.merge(name, nanos, Long::sum);
  }

  private double checkpointAge() {
    Instant at = checkpointAt;
    return at == null
        ? Double.NaN
        : Duration.between(at, parts.clock().instant()).toMillis() / 1000.0;
  }

  private LearnerStatus status(
      Tally tally, @Nullable LearnerSession session, @Nullable Throwable failure) {
    var phases = new HashMap<String, Double>();
    phaseNanos.forEach((name, nanos) -> phases.put(name, nanos / 1e9 / Math.max(1, updates)));
    StepReport report = lastReport;
    return new LearnerStatus(
        state,
        tally.step,
        epoch,
        rate.perSecond(parts.clock().millis()),
        tally.loss(),
        tally.lossFirst(),
        tally.skill(),
        tally.skillFirst(),
        report == null ? Double.NaN : report.learningRate(),
        report == null ? Double.NaN : report.teacherMomentum(),
        session == null ? Map.of() : session.figures(),
        knn,
        OptionalLong.empty(),
        null,
        release,
        releases,
        checkpoints,
        Double.NaN,
        tally.applied,
        tally.duplicates,
        tally.gaps,
        tally.undecodable,
        session == null ? 0 : session.buffer().size(),
        session == null ? 0 : session.buffer().bytes(),
        phases,
        failure == null ? null : String.valueOf(failure.getMessage()));
  }
}
