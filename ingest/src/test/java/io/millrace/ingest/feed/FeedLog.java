package io.millrace.ingest.feed;

/** A log of accepted images to write in a test, and feeds that read it. */
public interface FeedLog extends AutoCloseable {
  /** Appends an image. */
  void append(int partition, String id, String content);

  /** Appends a tombstone. */
  void forget(int partition, String id);

  /** A new feed on this log that remembers so many hashes. */
  ImageFeed open(int duplicateWindow);

  @Override
  void close();
}
