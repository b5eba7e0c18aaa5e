package io.millrace.ingest.feed;

import java.util.List;

/**
 * Images in the order of the log, and where the log goes on after them.
 *
 * @param forgotten ids that tombstones named since the last batch: drop them before taking {@code
 *     images} in
 * @param images new images; may be empty when only tombstones or duplicates came
 * @param next the position after this batch
 * @param duplicates records skipped because their bytes were ingested recently
 * @param gaps records that retention removed before they were read
 */
public record FeedBatch(
    List<String> forgotten, List<FeedImage> images, FeedPosition next, int duplicates, long gaps) {
  public FeedBatch {
    forgotten = List.copyOf(forgotten);
    images = List.copyOf(images);
  }
}
