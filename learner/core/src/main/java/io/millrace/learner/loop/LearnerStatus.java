package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.LearnerProgress;
import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.learner.evaluate.KnnMetrics;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A learner at one moment, for a status line, a page or a summary. NaN stands for a metric that is
 * not there yet.
 *
 * @param state where it is in its life
 * @param epoch this writer's epoch; 0 before the lease
 * @param progress the counters over the model's life, as a checkpoint saves them
 * @param imagesPerSecond images learned from (replay among them) over the latest seconds
 * @param learningRate rate of the latest update
 * @param teacherMomentum share of itself the teacher kept at the latest update; NaN without a
 *     teacher
 * @param monitors latest metrics by name
 * @param knn latest kNN metrics; null without labels
 * @param lag records between the feed and the log's end; empty before it is known
 * @param caughtUpTo the latest instant as of which everything the log held is consumed and its
 *     budget of updates is spent; null while anything is on its way
 * @param release version of the latest release; 0 before the first
 * @param releases releases published by this run
 * @param checkpoints checkpoints saved by this run
 * @param checkpointAgeSeconds seconds since the latest checkpoint of this run; NaN before the first
 * @param replayImages images kept for another look
 * @param replayBytes bytes of their pixels and features
 * @param phaseSeconds mean seconds of an update by phase, over this run
 * @param failure why it failed, as text; null unless FAILED
 */
public record LearnerStatus(
    LearnerState state,
    long epoch,
    LearnerProgress progress,
    double imagesPerSecond,
    double learningRate,
    double teacherMomentum,
    Map<String, Double> monitors,
    @Nullable KnnMetrics knn,
    OptionalLong lag,
    @Nullable Instant caughtUpTo,
    long release,
    long releases,
    long checkpoints,
    double checkpointAgeSeconds,
    int replayImages,
    long replayBytes,
    Map<String, Double> phaseSeconds,
    @Nullable String failure) {
  public LearnerStatus {
    monitors = Map.copyOf(monitors);
    phaseSeconds = Map.copyOf(phaseSeconds);
  }

  /** Updates made over the model's life. */
  public long step() {
    return progress.step();
  }

  /** Mean loss of the latest 20 updates. */
  public double loss() {
    return progress.loss();
  }

  /** Mean loss of the model's first 20 updates. */
  public double lossFirst() {
    return progress.lossFirst();
  }

  /** Mean of the latest 20 updates: 1 − loss ÷ chance-level loss. */
  public double skill() {
    return progress.skill();
  }

  /** Mean skill of the model's first 20 updates. */
  public double skillFirst() {
    return progress.skillFirst();
  }

  /** What was counted over the model's life. */
  public TrainingCounters counters() {
    return progress.counters();
  }

  /** The same with what is known only at the moment of asking. */
  LearnerStatus at(
      OptionalLong nowLag, double nowCheckpointAgeSeconds, @Nullable Instant nowCaughtUpTo) {
    return new LearnerStatus(
        state,
        epoch,
        progress,
        imagesPerSecond,
        learningRate,
        teacherMomentum,
        monitors,
        knn,
        nowLag,
        nowCaughtUpTo,
        release,
        releases,
        checkpoints,
        nowCheckpointAgeSeconds,
        replayImages,
        replayBytes,
        phaseSeconds,
        failure);
  }
}
