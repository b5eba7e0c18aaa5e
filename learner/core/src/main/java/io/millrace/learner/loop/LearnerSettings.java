package io.millrace.learner.loop;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Matches;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.checkpoint.CheckpointSettings;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.learner.membership.GroupSettings;
import io.millrace.learner.monitor.MonitorSettings;
import io.millrace.learner.release.ReleaseSettings;
import io.millrace.learner.replay.ReplaySettings;
import java.time.Duration;

/** How a learner goes through the stream. What it learns by is the method's own settings. */
public record LearnerSettings(
    @Doc("name of the model: releases and checkpoints carry it")
        @Matches(
            value = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
            expected = "1 to 100 letters, digits, '.', '_' or '-'")
        String model,
    @Doc("seed of what replay keeps and draws") long seed,
    @Doc("images of one update") @Range(min = 2, max = 65_536) int batchSize,
    @Doc("parts of an update that have their own batch statistics; fixed for a model")
        @Range(min = 1, max = 1024)
        int shards,
    @Doc("updates for each new batch: one on the batch, the others from replay")
        @Range(min = 1, max = 1000)
        int updatesPerBatch,
    @Doc("how many of these a batch gets while the learner is behind") BudgetSettings budget,
    @Doc("what to do while nothing new comes") Idle idle,
    @Doc("how long to wait for a full batch at the log's end before taking what there is")
        @DurationRange(min = "PT0S", max = "PT1H")
        Duration batchWait,
    @Doc("decoded batches that may wait for the learner; then fetching stops")
        @Range(min = 1, max = 64)
        int prefetchBatches,
    @Doc("threads that decode") @Range(min = 1, max = 64) int decodeThreads,
    @Doc("what is kept for another look") ReplaySettings replay,
    @Doc("when state is saved") CheckpointSettings checkpoint,
    @Doc("when a model is released") ReleaseSettings release,
    @Doc("when monitors are computed") MonitorSettings monitor,
    @Doc("the kNN metric on held-out labeled images") ProbeSettings probe,
    @Doc("several processes that learn one model") GroupSettings group) {
  public LearnerSettings {
    Allowed.check(
        LearnerSettings.class,
        model,
        seed,
        batchSize,
        shards,
        updatesPerBatch,
        budget,
        idle,
        batchWait,
        prefetchBatches,
        decodeThreads,
        replay,
        checkpoint,
        release,
        monitor,
        probe,
        group);
    if (batchSize % shards != 0 || batchSize / shards < 2) {
      throw new IllegalArgumentException(
          "shards is "
              + shards
              + ": expected a divisor of batchSize ("
              + batchSize
              + ") that leaves each shard 2 images or more");
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
  }

  /** A learner by itself, in one shard. */
  public LearnerSettings(
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
    this(
        model,
        seed,
        batchSize,
        1,
        updatesPerBatch,
        budget,
        idle,
        batchWait,
        prefetchBatches,
        decodeThreads,
        replay,
        checkpoint,
        release,
        monitor,
        probe,
        GroupSettings.defaults());
  }

  /** And with the same number of updates for every batch. */
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

  /** The same in so many shards. */
  public LearnerSettings withShards(int other) {
    return new LearnerSettings(
        model,
        seed,
        batchSize,
        other,
        updatesPerBatch,
        budget,
        idle,
        batchWait,
        prefetchBatches,
        decodeThreads,
        replay,
        checkpoint,
        release,
        monitor,
        probe,
        group);
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
