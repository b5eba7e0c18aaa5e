package io.millrace.ingest.source;

/** Counts what a publisher does. */
public interface SourceMetrics {
  /** Counts nothing. */
  SourceMetrics NONE =
      new SourceMetrics() {
        @Override
        public void committed(int images, long bytes, long tooLargeForBroker, long unreadable) {}

        @Override
        public void transactionAborted() {}

        @Override
        public void waitedForLag(long nanos) {}
      };

  /**
   * A transaction is committed.
   *
   * @param images images published by it
   * @param bytes their encoded size
   * @param tooLargeForBroker images passed over because no record can hold them
   * @param unreadable images passed over because they could not be read
   */
  void committed(int images, long bytes, long tooLargeForBroker, long unreadable);

  /** A transaction failed; its images are published again in the next. */
  void transactionAborted();

  /** Publishing stood still because consumers were behind. */
  void waitedForLag(long nanos);
}
