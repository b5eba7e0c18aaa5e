package io.millrace.ingest.decode;

/** Carries a rejection out of the parsers; never leaves this package. */
final class DecodeException extends Exception {
  private static final long serialVersionUID = 1L;

  private final RejectionReason reason;

  DecodeException(RejectionReason reason, String detail) {
    super(detail, null, false, false); // no stack trace: a broken image is an everyday event
    this.reason = reason;
  }

  DecodeOutcome.Rejected outcome() {
    return new DecodeOutcome.Rejected(reason, String.valueOf(getMessage()));
  }
}
