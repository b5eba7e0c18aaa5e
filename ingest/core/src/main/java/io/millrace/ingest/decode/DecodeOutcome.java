package io.millrace.ingest.decode;

/** Either pixels or a typed rejection. */
public sealed interface DecodeOutcome {
  /** Pixels, upright. */
  record Decoded(PixelImage image) implements DecodeOutcome {}

  /**
   * No pixels.
   *
   * @param reason code
   * @param detail the offending value and the limit, as text
   */
  record Rejected(RejectionReason reason, String detail) implements DecodeOutcome {}
}
