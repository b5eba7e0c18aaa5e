package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.TrainingCounters;
import io.millrace.learner.evaluate.KnnFigures;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A learner at one moment, for a status line, a page or a summary. NaN stands for a figure that is
 * not there yet.
 *
 * @param state where it is in its life
 * @param step updates made over the model's life
 * @param epoch this writer's epoch; 0 before the lease
 * @param imagesPerSecond images learned from (replay among them) over the latest seconds
 * @param loss mean of the latest 20 updates
 * @param lossFirst mean of the model's first 20 updates
 * @param skill mean of the latest 20 updates: 1 − loss ÷ loss of an uninformed prediction
 * @param skillFirst mean of the model's first 20 updates
 * @param learningRate rate of the latest update
 * @param teacherMomentum share of itself the teacher kept at the latest update; NaN without a
 *     teacher
 * @param monitors latest figures by name
 * @param knn latest kNN figures; null without labels
 * @param lag records between the feed and the log's end; empty before it is known
 * @param caughtUpTo the latest instant as of which everything the log held is taken in and its
 *     budget of updates is spent; null while anything is on its way
 * @param release version of the latest release; 0 before the first
 * @param releases releases published by this run
 * @param checkpoints checkpoints saved by this run
 * @param checkpointAgeSeconds seconds since the latest checkpoint of this run; NaN before the first
 * @param counters what was counted over the model's life
 * @param replayImages images kept for another look
 * @param replayBytes bytes of their pixels and features
 * @param phaseSeconds mean seconds of an update by phase, over this run
 * @param failure why it failed, in words; null unless FAILED
 */
public record LearnerStatus(
    LearnerState state,
    long step,
    long epoch,
    double imagesPerSecond,
    double loss,
    double lossFirst,
    double skill,
    double skillFirst,
    double learningRate,
    double teacherMomentum,
    Map<String, Double> monitors,
    @Nullable KnnFigures knn,
    OptionalLong lag,
    @Nullable Instant caughtUpTo,
    long release,
    long releases,
    long checkpoints,
    double checkpointAgeSeconds,
    TrainingCounters counters,
    int replayImages,
    long replayBytes,
    Map<String, Double> phaseSeconds,
    @Nullable String failure) {
  public LearnerStatus {
    monitors = Map.copyOf(monitors);
    phaseSeconds = Map.copyOf(phaseSeconds);
  }

  /** The same with what is known only at the moment of asking. */
  LearnerStatus at(
      OptionalLong nowLag, double nowCheckpointAgeSeconds, @Nullable Instant nowCaughtUpTo) {
    return new LearnerStatus(
        state,
        step,
        epoch,
        imagesPerSecond,
        loss,
        lossFirst,
        skill,
        skillFirst,
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
        counters,
        replayImages,
        replayBytes,
        phaseSeconds,
        failure);
  }
}
