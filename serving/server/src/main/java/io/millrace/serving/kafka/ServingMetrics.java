package io.millrace.serving.kafka;

/** What the serving role counts. Called on its thread; implementations return at once. */
public interface ServingMetrics {
  /** Counts nothing. */
  ServingMetrics NONE = new ServingMetrics() {};

  /** A batch, or a few, were published: their transaction is committed. */
  default void published(Batch batch) {}

  /** An image got no embedding. */
  default void unembeddable(Cause cause) {}

  /** Records that retention removed before a version read them. */
  default void gap(long version, long records) {}

  /** A transaction was aborted and its images will be read again. */
  default void aborted() {}

  /** A release could not be loaded. */
  default void releaseNotLoaded(long version) {}

  /** Keys of a retired version were tombstoned. */
  default void retired(long version, long keys) {}

  /** State, a few times a second. */
  default void state(ServingStatus status) {}

  /**
   * What one transaction published.
   *
   * @param version its version
   * @param refresh whether it was part of a re-embedding
   * @param embeddings vectors published
   * @param tombstones tombstones published
   * @param embedNanos time in the network
   * @param totalNanos from the first decoded image to the commit
   * @param oldestMillis age of its oldest image, from record time to commit
   */
  record Batch(
      long version,
      boolean refresh,
      int embeddings,
      int tombstones,
      long embedNanos,
      long totalNanos,
      long oldestMillis) {}

  /** Why an image got no embedding. */
  enum Cause {
    /** It could not be decoded, which ingest should have seen. */
    NOT_DECODED,
    /** Its features were not finite, or all zero. */
    NOT_FINITE
  }
}
