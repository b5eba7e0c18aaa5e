package io.millrace.ingest.claim;

import io.millrace.ingest.decode.RejectionReason;
import java.io.IOException;

/** Why a claim is rejected, or an attempt to fetch its image failed. */
final class ClaimException extends IOException {
  private static final long serialVersionUID = 1L;

  private final RejectionReason reason;
  private final boolean passing;

  private ClaimException(RejectionReason reason, String detail, boolean passing) {
    super(detail);
    this.reason = reason;
    this.passing = passing;
  }

  /** What the claim asks for is not allowed. */
  static ClaimException refused(String detail) {
    return new ClaimException(RejectionReason.CLAIM_REFUSED, detail, false);
  }

  /** The image was not to be had. */
  static ClaimException failed(String detail) {
    return new ClaimException(RejectionReason.CLAIM_FAILED, detail, false);
  }

  /** The image was not to be had this time: another attempt may succeed. */
  static ClaimException passing(String detail) {
    return new ClaimException(RejectionReason.CLAIM_FAILED, detail, true);
  }

  static ClaimException tooLarge(String bytes, int limit) {
    return new ClaimException(
        RejectionReason.TOO_LARGE,
        bytes + " bytes: expected at most " + limit + " (ingest.claims.maxBytes)",
        false);
  }

  RejectionReason reason() {
    return reason;
  }

  boolean isPassing() {
    return passing;
  }
}
