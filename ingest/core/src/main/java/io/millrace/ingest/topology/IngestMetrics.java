package io.millrace.ingest.topology;

import io.millrace.ingest.decode.Leniency;
import io.millrace.ingest.decode.RejectionReason;

/**
 * What the ingest topology counts. It counts work: an image validated again after a failed
 * transaction counts again, while on the topics it is once.
 */
public interface IngestMetrics {
  /** Counts nothing. */
  IngestMetrics NONE = new IngestMetrics() {};

  /**
   * An image passed.
   *
   * @param bytes its encoded size
   * @param nanos time to validate it
   */
  default void accepted(int bytes, long nanos) {}

  /**
   * An image did not pass.
   *
   * @param bytes its encoded size
   * @param nanos time to validate it
   */
  default void rejected(RejectionReason reason, int bytes, long nanos) {}

  /** An accepted image's file had something wrong with it that did no harm. */
  default void lenient(Leniency kind) {}

  /** A header that should travel stayed behind: its value is too long or no text. */
  default void headerDropped() {}

  /** A tombstone went through. */
  default void forgotten() {}

  /**
   * A claimed image was fetched.
   *
   * @param attempts how often it was asked for
   * @param nanos from the first attempt to the end
   */
  default void claimFetched(int attempts, long nanos) {}

  /**
   * Claims began or ended to wait for their images.
   *
   * @param change of how many wait
   */
  default void claimsWaiting(int change) {}

  /** A stream thread died and another took its place. */
  default void threadReplaced() {}
}
