package io.millrace.ops.metrics;

import io.millrace.learner.evaluate.KnnMetrics;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.method.StepReport;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the learner counts, as meters. */
public final class MeteredLearner implements LearnerMetrics {
  private final Meters meters;
  private final LongAdder learned = new LongAdder();
  private final LongAdder applied = new LongAdder();

  public MeteredLearner(Meters meters) {
    this.meters = meters;
    for (Meter meter :
        List.of(
            Meter.CHECKPOINT_FAILURES,
            Meter.CHECKPOINT_UPLOAD_FAILURES,
            Meter.REPLAY_LOST,
            Meter.RELEASE_FAILURES,
            Meter.DIVERGED,
            Meter.SKIPPED,
            Meter.ROLLED_BACK,
            Meter.FENCED,
            Meter.IMAGES_APPLIED,
            Meter.IMAGES_LEARNED,
            Meter.DUPLICATES,
            Meter.GAPS,
            Meter.UNDECODABLE,
            Meter.FORGOTTEN)) {
      meters.count(meter, 0);
    }
    for (String source : List.of("stream", "replay")) {
      meters.count(Meter.STEPS, 0, source);
    }
    meters.declare(Meter.PROBE_TIME);
    meters.declare(Meter.CHECKPOINT_UPLOAD_TIME);
    meters.set(Meter.COLLAPSED, 0);
    meters.gauge(
        Meter.IMAGE_UPDATES,
        () -> applied.sum() == 0 ? Double.NaN : (double) learned.sum() / applied.sum());
  }

  @Override
  public void updated(StepReport report, boolean fromReplay, long nanos) {
    meters.count(Meter.STEPS, 1, fromReplay ? "replay" : "stream");
    meters.count(Meter.IMAGES_LEARNED, report.images());
    learned.add(report.images());
    report.metrics().forEach((name, value) -> meters.set(Meter.MONITOR, value, name));
    meters.time(Meter.STEP_TIME, nanos);
    report.phaseNanos().forEach((phase, took) -> meters.time(Meter.PHASE_TIME, took, phase));
    meters.set(Meter.LEARNING_RATE, report.learningRate());
    meters.set(Meter.GRADIENT_NORM, report.gradientNorm());
    meters.set(Meter.TEACHER_MOMENTUM, report.teacherMomentum());
  }

  @Override
  public void consumed(int images, int duplicates, long gaps, int undecodable, int forgotten) {
    meters.count(Meter.IMAGES_APPLIED, images);
    applied.add(images);
    meters.count(Meter.DUPLICATES, duplicates);
    meters.count(Meter.GAPS, gaps);
    meters.count(Meter.UNDECODABLE, undecodable);
    meters.count(Meter.FORGOTTEN, forgotten);
  }

  @Override
  public void waited(long nanos) {
    meters.time(Meter.WAIT_TIME, nanos);
  }

  @Override
  public void fetched(long nanos) {
    meters.time(Meter.PHASE_TIME, nanos, "fetch");
  }

  @Override
  public void decoded(long nanos) {
    meters.time(Meter.PHASE_TIME, nanos, "decode");
  }

  @Override
  public void skipped() {
    meters.count(Meter.SKIPPED, 1);
  }

  @Override
  public void guarded(boolean healthy, boolean collapsed) {
    meters.set(Meter.COLLAPSED, collapsed ? 1 : 0);
  }

  @Override
  public void rolledBack() {
    meters.count(Meter.ROLLED_BACK, 1);
  }

  @Override
  public void diverged() {
    meters.count(Meter.DIVERGED, 1);
  }

  @Override
  public void leased(long epoch) {
    meters.set(Meter.WRITER_EPOCH, epoch);
  }

  @Override
  public void fenced() {
    meters.count(Meter.FENCED, 1);
  }

  @Override
  public void checkpointSaved(long nanos, long bytes) {
    meters.time(Meter.CHECKPOINT_TIME, nanos);
    meters.set(Meter.CHECKPOINT_SIZE, bytes);
  }

  @Override
  public void replayLost(int images) {
    meters.count(Meter.REPLAY_LOST, images);
  }

  @Override
  public void checkpointFailed() {
    meters.count(Meter.CHECKPOINT_FAILURES, 1);
  }

  @Override
  public void checkpointUploaded(long nanos) {
    meters.time(Meter.CHECKPOINT_UPLOAD_TIME, nanos);
  }

  @Override
  public void checkpointUploadFailed() {
    meters.count(Meter.CHECKPOINT_UPLOAD_FAILURES, 1);
  }

  @Override
  public void released(long version) {
    meters.set(Meter.RELEASE_VERSION, version);
    LogLines.release(version);
  }

  @Override
  public void releaseFailed() {
    meters.count(Meter.RELEASE_FAILURES, 1);
  }

  @Override
  public void monitored(Map<String, Double> measured, long nanos) {
    measured.forEach((name, value) -> meters.set(Meter.MONITOR, value, name));
    meters.time(Meter.MONITOR_TIME, nanos);
  }

  @Override
  public void probed(KnnMetrics measured, long nanos) {
    meters.set(Meter.KNN, measured.raw(), "raw");
    meters.set(Meter.KNN, measured.untrained(), "untrained");
    meters.set(Meter.KNN, measured.trained(), "trained");
    meters.time(Meter.PROBE_TIME, nanos);
  }
}
