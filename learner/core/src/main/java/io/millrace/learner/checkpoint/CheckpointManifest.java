package io.millrace.learner.checkpoint;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.ingest.feed.HashWindow;
import io.millrace.ingest.feed.PartitionPosition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's manifest as it lies on disk ({@code manifest.json}); arrays are in {@code
 * state.safetensors}, images in segments.
 */
record CheckpointManifest(
    int format,
    long epoch,
    long step,
    long sequence,
    String savedAt,
    Map<String, String> fingerprint,
    @Nullable String settings,
    Map<String, Long> counters,
    Map<String, Double> scalars,
    LearnerProgress progress,
    Position position,
    List<String> segments,
    List<StoredReference> reference) {
  /**
   * The form this build writes; it reads every form up to this one. 2 brought features in the state
   * file, 3 compressed images.
   */
  static final int FORMAT = 3;

  /** A feed position without its window of hashes. */
  record Position(
      String clusterId, String topicId, Map<Integer, PartitionPosition> partitions, int turn) {
    static Position of(FeedPosition position) {
      return new Position(
          position.clusterId(), position.topicId(), position.partitions(), position.turn());
    }

    FeedPosition with(HashWindow seen) {
      return new FeedPosition(clusterId, topicId, partitions, turn, seen);
    }
  }

  /** A reference image; {@code segment} indexes the manifest's segments. */
  record StoredReference(String id, int segment, int index) {}

  /** {@code replay.json}: kept images in order. */
  record StoredReplay(long offered, List<StoredEntry> entries) {}

  /**
   * A kept image.
   *
   * @param segment indexes the manifest's segments
   * @param feature where form 1 holds the feature
   * @param row of the feature in the state's tensor of replay features; null without one
   * @param group group that the policy put it in; null, as in form 1, for none
   */
  record StoredEntry(
      String id,
      long order,
      long visits,
      int segment,
      int index,
      float @Nullable [] feature,
      @Nullable Integer row,
      @Nullable Integer group) {}
}
