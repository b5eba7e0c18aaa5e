package io.millrace.ingest.topology;

import io.millrace.ingest.decode.RejectionReason;
import org.jspecify.annotations.Nullable;

/**
 * A raw record after validation; its headers are set already.
 *
 * @param bytes the image as it came; null for a tombstone
 * @param reason why it was rejected; null when it goes on
 * @param source where it comes from, for the statistics
 * @param size encoded bytes as they came
 * @param width pixels across; 0 when unknown
 * @param height pixels down; 0 when unknown
 */
record ValidatedImage(
    byte @Nullable [] bytes,
    @Nullable RejectionReason reason,
    String source,
    int size,
    int width,
    int height) {

  boolean isAccepted() {
    return reason == null;
  }

  boolean isTombstone() {
    return bytes == null && reason == null;
  }
}
