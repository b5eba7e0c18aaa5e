package io.millrace.ingest.source;

import java.util.OptionalLong;

/** How far consumers are behind. */
@FunctionalInterface
public interface LagProbe {
  /** Never sees any lag. */
  LagProbe NONE = () -> OptionalLong.of(0);

  /** Records that consumers have yet to read; empty when it can't be told now. */
  OptionalLong lag();
}
