package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.Checkpoint;
import io.millrace.learner.checkpoint.CheckpointName;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.FencedException;
import io.millrace.learner.checkpoint.Lineage;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.evaluate.KnnProbe;
import io.millrace.learner.group.BrokenGroupException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feed → step → checkpoint → release, as a small state machine ({@link LearnerState}).
 *
 * <p>Each round makes at most one update ({@link UpdateScheduler}). Checkpoints, releases, monitors
 * and probes come between rounds and change nothing that is learned, so under {@link Idle#REST} the
 * updates are a function of the log, the seed and the settings alone, restarts included.
 *
 * <p>In a group the leader does all that, and {@link FollowerLoop} the rest.
 *
 * <p>Used once: {@link #run} on one thread, which alone touches the engine; the other methods on
 * any.
 */
public final class LearnerLoop {
  private static final Logger LOG = LoggerFactory.getLogger(LearnerLoop.class);

  private final LearnerParts parts;
  private final LearnerSettings settings;
  private final StatusTracker status;
  private final LearnerGroup group;
  private final GroupWords words;
  private volatile boolean stopRequested;
  private volatile boolean endRequested;
  private volatile @Nullable Prefetcher prefetcher;

  /** In one process. */
  public LearnerLoop(LearnerParts parts) {
    this(parts, LearnerGroup.alone(parts.settings().shards()));
  }

  /**
   * With others.
   *
   * @param group the processes; what one that does not lead does is what the leader says
   */
  public LearnerLoop(LearnerParts parts, LearnerGroup group) {
    this.parts = parts;
    this.group = group;
    this.words = new GroupWords(group);
    this.settings = parts.settings();
    this.status = new StatusTracker(parts.clock());
  }

  /** Asks for a clean stop: the update under way ends, a last checkpoint is saved. */
  public void requestStop() {
    stopRequested = true;
  }

  /**
   * Asks for an end in order of a group's generation, after which another one goes on: a last
   * checkpoint is saved, and nothing is released. What a follower does is up to its leader.
   */
  public void requestEnd() {
    endRequested = true;
  }

  /** Why the latest checkpoint could not be saved; null while saving works. */
  public @Nullable String saveFailure() {
    return status.saveFailure();
  }

  /** Where the learner is. */
  public LearnerStatus status() {
    Prefetcher p = prefetcher;
    return p == null
        ? status.latest(OptionalLong.empty(), null)
        : status.latest(p.lag(), p.caughtUpTo());
  }

  /**
   * Learns until a stop is asked for.
   *
   * @throws FencedException when another learner took the model over
   * @throws io.millrace.ingest.feed.PositionMismatchException when the checkpoint belongs to
   *     another cluster or a re-created topic
   * @throws IllegalStateException when the checkpoint is of other settings, the loss is not finite,
   *     or checkpoints can't be saved again and again
   * @throws BrokenGroupException when another process of the group is lost, or this one left it
   * @throws UncheckedIOException when no checkpoint there is can be read
   */
  public void run() {
    LearnerSession session = null;
    try {
      try (WriterLease lease = parts.lease();
          var ahead = new Prefetcher(parts)) {
        prefetcher = ahead;
        requireWhatWasLearned(lease);
        Lineage lineage = lease.acquire(parts.checkpoints().highestEpoch());
        status.leased(lineage.epoch());
        parts.metrics().leased(lineage.epoch());
        status.enter(LearnerState.RESTORING, null);
        session = new LearnerSession(parts, group, ahead.decoders());
        if (group.collectives().leads()) {
          KnnProbe probe = ProbeRunner.probe(parts, session);
          open(session, lineage);
          ahead.start();
          status.enter(LearnerState.LEARNING, session);
          learn(session, ahead, lineage, probe);
        } else {
          restore(session, lineage);
          status.enter(LearnerState.LEARNING, session);
          new FollowerLoop(parts, status, words, lineage).run(session);
        }
      }
      status.enter(LearnerState.CLOSED, session);
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

  /**
   * An empty folder under a model that has learned is a wrong mount far more often than a wish.
   * Asked before the lease is taken, which would stop the learner that has the right folder. What
   * object storage has is as good; in a group the leader fetches it.
   */
  private void requireWhatWasLearned(WriterLease lease) throws IOException {
    CheckpointStore checkpoints = parts.checkpoints();
    if (!checkpoints.names().isEmpty()
        || checkpoints.hasObjects() && !group.collectives().leads()) {
      return;
    }
    Lineage lineage = lease.look();
    Optional<String> why = lineage.forbidsBeginning(checkpoints.id());
    fetch(lineage, why.isPresent());
    if (why.isEmpty() || !checkpoints.names().isEmpty()) {
      return;
    }
    if (!settings.checkpoint().beginAnew()) {
      throw new IllegalStateException(
          "there is no checkpoint in %s (store %s), but model %s %s: use the data folder it learned in, or give up what it learned with 'millrace run --begin-anew' (learner.checkpoint.beginAnew)"
              .formatted(
                  parts.checkpoints(), parts.checkpoints().id(), settings.model(), why.get()));
    }
    LOG.warn("model {} {}: it begins anew, as told", settings.model(), why.get());
  }

  /**
   * Fetches a checkpoint from object storage that is higher than the folder's.
   *
   * @param needed whether learning can't go on without
   */
  private void fetch(Lineage lineage, boolean needed) throws IOException {
    if (settings.checkpoint().beginAnew() && parts.checkpoints().names().isEmpty()) {
      return;
    }
    try {
      parts.checkpoints().fetch(lineage);
    } catch (IOException e) {
      if (needed) {
        throw e;
      }
      LOG.warn("a later checkpoint in object storage would be passed over: {}", e.getMessage());
    }
  }

  private Optional<Checkpoint> restore(LearnerSession session, Lineage lineage) throws IOException {
    Optional<Checkpoint> found = parts.checkpoints().restore(lineage);
    found.ifPresent(session::restore);
    words.requireSame(found);
    return found;
  }

  private void open(LearnerSession session, Lineage lineage) throws IOException {
    if (group.collectives().size() == 1) { // others wait, and have one folder with it
      fetch(lineage, false);
    }
    Optional<Checkpoint> found = restore(session, lineage);
    CheckpointName from = found.map(Checkpoint::name).orElse(null);
    parts.lease().adopt(parts.checkpoints().id(), from);
    parts.checkpoints().begin(lineage.epoch(), from);
    LOG.info(
        "model {}: epoch {}, {}",
        settings.model(),
        lineage.epoch(),
        from == null ? "begins anew" : "goes on from " + from);
    ModelReleaser.finish(parts, status);
    parts.feed().seek(session.position());
  }

  private void learn(
      LearnerSession session, Prefetcher ahead, Lineage lineage, @Nullable KnnProbe knn)
      throws IOException, InterruptedException {
    ProgressTracker tracker = session.tracker();
    long epoch = lineage.epoch();
    var updates = new UpdateScheduler(parts, status, ahead, words);
    var checkpoints = new CheckpointSaver(parts, status, epoch, tracker.turns(), words);
    var monitors = new MonitorRunner(parts, status, lineage, checkpoints, words);
    var probe = new ProbeRunner(parts, status, knn, tracker.step);
    var releases =
        new ModelReleaser(
            parts,
            status,
            monitors,
            probe,
            epoch,
            tracker.releasedStep(),
            words,
            () -> stopRequested);
    probe.run(session);
    while (!(stopRequested || endRequested) || session.isMidBatch()) {
      updates.runOnce(session);
      if (!session.isMidBatch()) {
        monitors.runIfDue(session);
        checkpoints.saveIfDue(session);
      }
      releases.releaseIfDue(session);
      probe.runIfDue(session);
      status.publish(session);
      words.roundEnded(session);
    }
    status.enter(LearnerState.DRAINING, session);
    if (stopRequested) {
      if (settings.monitor().everySteps() > 0) {
        monitors.compute(session);
      }
      releases.releaseAtStop(session);
    }
    checkpoints.save(session);
    words.say(GroupWords.Word.END);
    if (stopRequested) {
      parts.checkpoints().awaitUploads();
    }
  }

  private void fail(@Nullable LearnerSession session, Throwable e) {
    if (e instanceof BrokenGroupException) {
      status.enter(LearnerState.CLOSED, session); // it goes on in the next generation
      return;
    }
    if (e instanceof FencedException) {
      parts.metrics().fenced();
    }
    LOG.error("the learner of {} failed: {}", settings.model(), e.getMessage());
    status.failed(session, e);
  }
}
