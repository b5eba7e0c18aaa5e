package io.millrace.ingest.topology;

import io.millrace.ingest.decode.DecodeOutcome;

/** Decides on encoded bytes; {@code ImageDecoder::decode} in earnest. */
@FunctionalInterface
public interface DecodeFunction {
  /** Pixels, or why there are none. */
  DecodeOutcome decode(byte[] bytes);
}
