package io.millrace.ingest.claim;

import io.millrace.ingest.decode.RejectionReason;
import org.jspecify.annotations.Nullable;

/**
 * How a fetch ended.
 *
 * @param bytes the image's; null where it was not to be had
 * @param reason why it was not; null where it was
 * @param detail the same as text; empty where it was
 * @param attempts how often it was asked for
 * @param nanos from the first attempt to the end; 0 where there was none
 */
public record FetchOutcome(
    byte @Nullable [] bytes,
    @Nullable RejectionReason reason,
    String detail,
    int attempts,
    long nanos) {
  static FetchOutcome of(ClaimException e, int attempts, long nanos) {
    return new FetchOutcome(null, e.reason(), String.valueOf(e.getMessage()), attempts, nanos);
  }
}
