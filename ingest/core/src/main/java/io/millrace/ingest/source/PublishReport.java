package io.millrace.ingest.source;

/**
 * What one run of a publisher did, and where its source stands.
 *
 * @param published images published by this run
 * @param bytes their encoded size
 * @param tooLargeForBroker images this run passed over because no record can hold them
 * @param unreadable images this run passed over because they could not be read
 * @param done images dealt with by this and earlier runs
 * @param total images in the source, or {@link ImageSet#UNBOUNDED}
 */
public record PublishReport(
    long published, long bytes, long tooLargeForBroker, long unreadable, long done, long total) {
  /** Whether the source is at its end. */
  public boolean complete() {
    return done >= total;
  }
}
