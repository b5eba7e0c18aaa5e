package io.millrace.ops.metrics;

import io.millrace.learner.evaluate.KnnFigures;
import io.millrace.learner.loop.LearnerMetrics;
import io.millrace.learner.method.StepReport;
import java.util.Map;

/** What the learner counts, as meters. */
public final class MeteredLearner implements LearnerMetrics {
  private final Meters meters;

  public MeteredLearner(Meters meters) {
    this.meters = meters;
    meters.count(Meter.CHECKPOINT_FAILURES, 0);
    meters.count(Meter.RELEASE_FAILURES, 0);
  }

  @Override
  public void updated(StepReport report, boolean fromReplay, long nanos) {
    meters.count(Meter.STEPS, 1, fromReplay ? "replay" : "stream");
    meters.count(Meter.IMAGES_LEARNED, report.images());
    meters.time(Meter.STEP_TIME, nanos);
    report.phaseNanos().forEach((phase, took) -> meters.time(Meter.PHASE_TIME, took, phase));
    meters.set(Meter.LEARNING_RATE, report.learningRate());
    meters.set(Meter.GRADIENT_NORM, report.gradientNorm());
    meters.set(Meter.TEACHER_MOMENTUM, report.teacherMomentum());
  }

  @Override
  public void tookIn(int images, int duplicates, long gaps, int undecodable, int forgotten) {
    meters.count(Meter.IMAGES_APPLIED, images);
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
  public void checkpointSaved(long nanos) {
    meters.time(Meter.CHECKPOINT_TIME, nanos);
  }

  @Override
  public void checkpointFailed() {
    meters.count(Meter.CHECKPOINT_FAILURES, 1);
  }

  @Override
  public void released(long version) {
    meters.set(Meter.RELEASE_VERSION, version);
  }

  @Override
  public void releaseFailed() {
    meters.count(Meter.RELEASE_FAILURES, 1);
  }

  @Override
  public void monitored(Map<String, Double> figures, long nanos) {
    figures.forEach((name, value) -> meters.set(Meter.MONITOR, value, name));
    meters.time(Meter.MONITOR_TIME, nanos);
  }

  @Override
  public void probed(KnnFigures figures, long nanos) {
    meters.set(Meter.KNN, figures.raw(), "raw");
    meters.set(Meter.KNN, figures.untrained(), "untrained");
    meters.set(Meter.KNN, figures.trained(), "trained");
    meters.time(Meter.PROBE_TIME, nanos);
  }
}
