package io.millrace.learner.checkpoint;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.replay.ReplayEntry;
import java.time.Instant;
import java.util.List;

/**
 * Everything a learner needs to go on as if it had never stopped, as one value: what was learned,
 * and how far the log was learned from.
 *
 * @param name place in the order of checkpoints
 * @param savedAt when
 * @param fingerprint settings that must not differ
 * @param state networks, optimizer, method state
 * @param progress step, budget and counts
 * @param position the feed's place after the last applied batch
 * @param replay kept images in order
 * @param offered images offered to replay
 * @param reference the fixed images that monitors look at
 */
public record Checkpoint(
    CheckpointName name,
    Instant savedAt,
    Fingerprint fingerprint,
    StateSnapshot state,
    LearnerProgress progress,
    FeedPosition position,
    List<ReplayEntry> replay,
    long offered,
    List<IdentifiedImage> reference) {
  public Checkpoint {
    replay = List.copyOf(replay);
    reference = List.copyOf(reference);
  }

  /** The same under another name. */
  Checkpoint named(CheckpointName other) {
    return new Checkpoint(
        other, savedAt, fingerprint, state, progress, position, replay, offered, reference);
  }
}
