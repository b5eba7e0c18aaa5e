package io.millrace.ingest.feed;

import java.time.Duration;

/** Reads feeds in tests. */
final class FeedBatches {
  private FeedBatches() {}

  /** The next batch; null only when the feed has read its log to the end. */
  static FeedBatch next(ImageFeed feed, int size, Duration quiet) {
    FeedBatch batch = feed.next(size, quiet);
    for (int tries = 0; batch == null && feed.lag().orElse(1) > 0 && tries < 10_000; tries++) {
      batch = feed.next(size, quiet);
    }
    return batch;
  }
}
