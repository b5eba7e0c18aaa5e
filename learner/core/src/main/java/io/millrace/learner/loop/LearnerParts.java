package io.millrace.learner.loop;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.feed.ImageFeed;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.CheckpointStore;
import io.millrace.learner.checkpoint.WriterLease;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.method.Method;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.tensor.Engine;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a learner is put together from. The learner closes the feed and the lease; the engine and
 * the rest stay its maker's.
 *
 * @param settings how it goes through the stream
 * @param engine where it computes; used on the learner's thread alone
 * @param method how it learns
 * @param preprocessing the view for evaluation and serving
 * @param feed where images come from
 * @param decoder encoded bytes to pixels; called by several threads at once
 * @param checkpoints where state is saved
 * @param lease the right to save it
 * @param releases where models are released; null for nowhere
 * @param probe held-out labeled images; null without any
 * @param skipped where batches go that could not be learned from
 * @param provenance words for the manifest: build, settings
 * @param metrics what is counted
 * @param listener who is told
 * @param clock the time
 */
public record LearnerParts(
    LearnerSettings settings,
    Engine engine,
    Method method,
    Preprocessing preprocessing,
    ImageFeed feed,
    Function<byte[], DecodeOutcome> decoder,
    CheckpointStore checkpoints,
    WriterLease lease,
    @Nullable ReleasePublisher releases,
    @Nullable ProbeImages probe,
    SkippedBatches skipped,
    Map<String, String> provenance,
    LearnerMetrics metrics,
    LearnerListener listener,
    InstantSource clock) {
  public LearnerParts {
    provenance = Map.copyOf(provenance);
  }

  /** Keeping no skipped batches. */
  public LearnerParts(
      LearnerSettings settings,
      Engine engine,
      Method method,
      Preprocessing preprocessing,
      ImageFeed feed,
      Function<byte[], DecodeOutcome> decoder,
      CheckpointStore checkpoints,
      WriterLease lease,
      @Nullable ReleasePublisher releases,
      @Nullable ProbeImages probe,
      Map<String, String> provenance,
      LearnerMetrics metrics,
      LearnerListener listener,
      InstantSource clock) {
    this(
        settings,
        engine,
        method,
        preprocessing,
        feed,
        decoder,
        checkpoints,
        lease,
        releases,
        probe,
        SkippedBatches.NONE,
        provenance,
        metrics,
        listener,
        clock);
  }
}
