package io.millrace.learner.loop;

import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.replay.ReplaySettings;
import java.time.Duration;

/**
 * How a learner goes through the stream. What it learns by is the method's own settings.
 *
 * @param model name of the model: releases and checkpoints carry it
 * @param seed seed of what replay keeps and draws
 * @param batchSize images of one update
 * @param updatesPerBatch updates for each new batch: one on the batch, the others from replay
 * @param budget how many of these a batch gets while the learner is behind
 * @param idle what to do while nothing new comes
 * @param batchWait how long to wait for a full batch at the log's end before taking what there is
 * @param prefetchBatches decoded batches that may wait for the learner; then fetching stops
 * @param decodeThreads threads that decode
 * @param replay what is kept for another look
 * @param checkpoint when state is saved
 * @param release when a model is released
 * @param monitor when monitors are computed
 * @param probe the kNN figure on held-out labelled images
 */
public record LearnerSettings(
    String model,
    long seed,
    int batchSize,
    int updatesPerBatch,
    BudgetSettings budget,
    Idle idle,
    Duration batchWait,
    int prefetchBatches,
    int decodeThreads,
    ReplaySettings replay,
    CheckpointSettings checkpoint,
    ReleaseSettings release,
    MonitorSettings monitor,
    ProbeSettings probe) {
  public LearnerSettings {
    if (!model.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
      throw new IllegalArgumentException(
          "model is '" + model + "': expected 1 to 100 letters, digits, '.', '_' or '-'");
    }
    if (batchSize < 2 || batchSize > 65_536) {
      throw new IllegalArgumentException("batchSize is " + batchSize + ": expected 2 to 65536");
    }
    if (updatesPerBatch < 1 || updatesPerBatch > 1000) {
      throw new IllegalArgumentException(
          "updatesPerBatch is " + updatesPerBatch + ": expected 1 to 1000");
    }
    if (replay.keepsImages() && replay.images() < batchSize) {
      throw new IllegalArgumentException(
          "replay.images is "
              + replay.images()
              + ": expected batchSize ("
              + batchSize
              + ") or more");
    }
    if (budget.minUpdatesPerBatch() > updatesPerBatch) {
      throw new IllegalArgumentException(
          "budget.minUpdatesPerBatch is "
              + budget.minUpdatesPerBatch()
              + ": expected at most updatesPerBatch ("
              + updatesPerBatch
              + ")");
    }
    if (batchWait.isNegative() || batchWait.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("batchWait is " + batchWait + ": expected 0 to 1 hour");
    }
    if (prefetchBatches < 1 || prefetchBatches > 64) {
      throw new IllegalArgumentException(
          "prefetchBatches is " + prefetchBatches + ": expected 1 to 64");
    }
    if (decodeThreads < 1 || decodeThreads > 64) {
      throw new IllegalArgumentException(
          "decodeThreads is " + decodeThreads + ": expected 1 to 64");
    }
  }

  /** With the same number of updates for every batch. */
  public LearnerSettings(
      String model,
      long seed,
      int batchSize,
      int updatesPerBatch,
      Idle idle,
      Duration batchWait,
      int prefetchBatches,
      int decodeThreads,
      ReplaySettings replay,
      CheckpointSettings checkpoint,
      ReleaseSettings release,
      MonitorSettings monitor,
      ProbeSettings probe) {
    this(
        model,
        seed,
        batchSize,
        updatesPerBatch,
        BudgetSettings.defaults(),
        idle,
        batchWait,
        prefetchBatches,
        decodeThreads,
        replay,
        checkpoint,
        release,
        monitor,
        probe);
  }

  /** Batches of 64, two updates each, replay while idle. */
  public static LearnerSettings defaults() {
    return new LearnerSettings(
        "millrace",
        1,
        64,
        2,
        Idle.REPLAY,
        Duration.ofSeconds(1),
        2,
        2,
        ReplaySettings.defaults(),
        CheckpointSettings.defaults(),
        ReleaseSettings.defaults(),
        MonitorSettings.defaults(),
        ProbeSettings.defaults());
  }
}
