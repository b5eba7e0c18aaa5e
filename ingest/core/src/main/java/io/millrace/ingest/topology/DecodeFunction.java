package io.millrace.ingest.topology;

import io.millrace.ingest.decode.DecodeOutcome;

/** Decodes an image or rejects it; in production {@code ImageDecoder::decode}. */
@FunctionalInterface
public interface DecodeFunction {
  /** Pixels, or why there are none. */
  DecodeOutcome decode(byte[] bytes);
}
