package io.millrace.ops.metrics;

import io.millrace.ingest.source.SourceMetrics;

/** What a publisher counts, as meters. */
public final class MeteredSource implements SourceMetrics {
  private final Meters meters;

  public MeteredSource(Meters meters) {
    this.meters = meters;
    meters.count(Meter.IMAGES_PUBLISHED, 0);
    meters.count(Meter.PUBLISH_ABORTED, 0);
    meters.declare(Meter.PUBLISH_WAIT);
  }

  @Override
  public void committed(int images, long bytes, long tooLargeForBroker, long unreadable) {
    meters.count(Meter.IMAGES_PUBLISHED, images);
    meters.count(Meter.BYTES_PUBLISHED, bytes);
    meters.count(Meter.IMAGES_PASSED_OVER, tooLargeForBroker, "too large");
    meters.count(Meter.IMAGES_PASSED_OVER, unreadable, "unreadable");
  }

  @Override
  public void transactionAborted() {
    meters.count(Meter.PUBLISH_ABORTED, 1);
  }

  @Override
  public void waitedForLag(long nanos) {
    meters.time(Meter.PUBLISH_WAIT, nanos);
  }
}
