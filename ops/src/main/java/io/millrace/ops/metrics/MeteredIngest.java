package io.millrace.ops.metrics;

import io.millrace.ingest.decode.Leniency;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.topology.IngestMetrics;
import java.util.concurrent.atomic.AtomicInteger;

/** What the ingest topology counts, as meters. */
public final class MeteredIngest implements IngestMetrics {
  private final Meters meters;
  private final AtomicInteger claimsWaiting = new AtomicInteger();

  public MeteredIngest(Meters meters) {
    this.meters = meters;
    meters.count(Meter.IMAGES_ACCEPTED, 0);
    for (RejectionReason reason : RejectionReason.values()) {
      meters.count(Meter.IMAGES_REJECTED, 0, reason.name());
    }
    for (Leniency kind : Leniency.values()) {
      meters.count(Meter.IMAGES_LENIENT, 0, kind.name());
    }
    meters.count(Meter.HEADERS_DROPPED, 0);
    meters.count(Meter.IMAGES_FORGOTTEN, 0);
    meters.count(Meter.INGEST_THREADS_REPLACED, 0);
    meters.count(Meter.CLAIMS_RETRIED, 0);
    meters.declare(Meter.CLAIM_TIME);
    meters.gauge(Meter.CLAIMS_WAITING, claimsWaiting::get);
  }

  @Override
  public void accepted(int bytes, long nanos) {
    meters.count(Meter.IMAGES_ACCEPTED, 1);
    meters.count(Meter.IMAGE_BYTES, bytes, "accepted");
    meters.time(Meter.JUDGE_TIME, nanos);
  }

  @Override
  public void rejected(RejectionReason reason, int bytes, long nanos) {
    meters.count(Meter.IMAGES_REJECTED, 1, reason.name());
    meters.count(Meter.IMAGE_BYTES, bytes, "rejected");
    meters.time(Meter.JUDGE_TIME, nanos);
  }

  @Override
  public void lenient(Leniency kind) {
    meters.count(Meter.IMAGES_LENIENT, 1, kind.name());
  }

  @Override
  public void headerDropped() {
    meters.count(Meter.HEADERS_DROPPED, 1);
  }

  @Override
  public void forgotten() {
    meters.count(Meter.IMAGES_FORGOTTEN, 1);
  }

  @Override
  public void claimFetched(int attempts, long nanos) {
    meters.time(Meter.CLAIM_TIME, nanos);
    meters.count(Meter.CLAIMS_RETRIED, attempts - 1);
  }

  @Override
  public void claimsWaiting(int change) {
    claimsWaiting.addAndGet(change);
  }

  @Override
  public void threadReplaced() {
    meters.count(Meter.INGEST_THREADS_REPLACED, 1);
  }
}
