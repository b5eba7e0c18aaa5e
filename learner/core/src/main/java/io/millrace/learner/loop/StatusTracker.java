package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.LearnerProgress;
import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.method.StepReport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Puts a run's {@link LearnerStatus} together. Told by the learner's thread; {@link #latest} is for
 * any.
 */
final class StatusTracker {
  private final InstantSource clock;
  private final Rate rate = new Rate();
  private final Map<String, Long> phaseNanos = new HashMap<>();
  private final AtomicReference<LearnerStatus> latest;
  private LearnerState state = LearnerState.STARTING;
  private long epoch;
  private @Nullable StepReport lastReport;
  private @Nullable KnnMetrics knn;
  private long updates;
  private long checkpoints;
  private long release;
  private long releases;
  private volatile @Nullable Instant checkpointAt;
  private volatile @Nullable String saveFailure;

  StatusTracker(InstantSource clock) {
    this.clock = clock;
    this.latest = new AtomicReference<>(status(null, null));
  }

  /** The latest status, with what is known only now. */
  LearnerStatus latest(OptionalLong lag, @Nullable Instant caughtUpTo) {
    return latest.get().at(lag, checkpointAge(), caughtUpTo);
  }

  private double checkpointAge() {
    Instant at = checkpointAt;
    return at == null ? Double.NaN : Duration.between(at, clock.instant()).toMillis() / 1000.0;
  }

  /** Goes over to a state and shows it. */
  void enter(LearnerState next, @Nullable LearnerSession session) {
    state = next;
    publish(session);
  }

  /** Goes over to a state, which is shown when the status is published next. */
  void state(LearnerState next) {
    state = next;
  }

  void publish(@Nullable LearnerSession session) {
    latest.set(status(session, null));
  }

  void failed(@Nullable LearnerSession session, Throwable failure) {
    state = LearnerState.FAILED;
    latest.set(status(session, failure));
  }

  void leased(long newEpoch) {
    epoch = newEpoch;
  }

  void updated(StepReport report, long nanos) {
    lastReport = report;
    updates++;
    rate.add(clock.millis(), report.images());
    report.phaseNanos().forEach(this::phase);
    phase("step", nanos);
  }

  /** What an update took, in the mean; 0 before the first. */
  double secondsPerUpdate() {
    return phaseNanos.getOrDefault("step", 0L) / 1e9 / Math.max(1, updates);
  }

  /** Adds time to a phase of the updates. */
  void phase(String name, long nanos) {
    phaseNanos.merge(name, nanos, Long::sum);
  }

  void probed(KnnMetrics metrics) {
    knn = metrics;
  }

  void checkpointFailed(String why) {
    saveFailure = why;
  }

  @Nullable String saveFailure() {
    return saveFailure;
  }

  void checkpointSaved(Instant at) {
    saveFailure = null;
    checkpointAt = at;
    checkpoints++;
  }

  /** The latest version, from any writer. */
  void latestRelease(long version) {
    release = version;
  }

  void released(long version) {
    release = version;
    releases++;
  }

  private LearnerStatus status(@Nullable LearnerSession session, @Nullable Throwable failure) {
    var phases = new HashMap<String, Double>();
    phaseNanos.forEach((name, nanos) -> phases.put(name, nanos / 1e9 / Math.max(1, updates)));
    StepReport report = lastReport;
    return new LearnerStatus(
        state,
        epoch,
        session == null ? LearnerProgress.none() : session.tracker().progress(),
        rate.perSecond(clock.millis()),
        report == null ? Double.NaN : report.learningRate(),
        report == null ? Double.NaN : report.teacherMomentum(),
        session == null ? Map.of() : session.metrics(),
        knn,
        OptionalLong.empty(),
        null,
        release,
        releases,
        checkpoints,
        Double.NaN,
        session == null ? 0 : session.buffer().size(),
        session == null ? 0 : session.buffer().bytes(),
        phases,
        failure == null ? null : String.valueOf(failure.getMessage()));
  }
}
