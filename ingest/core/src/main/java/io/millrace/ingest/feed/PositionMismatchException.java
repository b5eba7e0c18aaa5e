package io.millrace.ingest.feed;

/** A position belongs to another cluster or to a topic that was deleted and made again. */
public final class PositionMismatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which of them differs, both values, and what to do
   */
  public PositionMismatchException(String message) {
    super(message);
  }
}
