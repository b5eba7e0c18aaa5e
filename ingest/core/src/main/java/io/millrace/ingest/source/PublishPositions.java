package io.millrace.ingest.source;

import org.jspecify.annotations.Nullable;

/** Where publishers' positions are read from. */
@FunctionalInterface
interface PublishPositions {
  /** The last committed position of a source; null when it was never published. */
  @Nullable PublishPosition find(String source);
}
