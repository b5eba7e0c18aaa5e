package io.millrace.serving.embed;

/** A release could not be loaded. */
public final class ReleaseNotLoadedException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which release, what is wrong with it and where
   * @param cause what found it
   */
  public ReleaseNotLoadedException(String message, Throwable cause) {
    super(message, cause);
  }
}
