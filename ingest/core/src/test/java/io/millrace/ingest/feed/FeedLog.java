package io.millrace.ingest.feed;

import java.util.List;

/** A log of accepted images to write in a test, and feeds that read it. */
public interface FeedLog extends AutoCloseable {
  /** Appends an image. */
  void append(int partition, String id, String content);

  /** Appends a tombstone. */
  void forget(int partition, String id);

  /** Appends tombstones. */
  default void forgetAll(int partition, List<String> ids) {
    ids.forEach(id -> forget(partition, id));
  }

  /** A new feed on this log that remembers so many hashes. */
  ImageFeed open(int duplicateWindow);

  @Override
  void close();
}
