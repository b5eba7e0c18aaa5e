package io.millrace.ingest.feed;

/** The cluster does not answer, or not in time. */
public final class NoAnswerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NoAnswerException(String message, Throwable cause) {
    super(message, cause);
  }
}
