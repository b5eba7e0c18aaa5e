package io.millrace.ingest.topology;

/** images.raw was deleted and made again: ingest's offsets are of another log. */
public final class OtherTopicException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  OtherTopicException(String message) {
    super(message);
  }
}
