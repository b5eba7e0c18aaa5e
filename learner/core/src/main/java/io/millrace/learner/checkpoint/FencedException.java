package io.millrace.learner.checkpoint;

/** Another learner has taken over this model: this one must exit and save nothing more. */
public final class FencedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which model, which epoch
   */
  public FencedException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * @param message which model, which epoch
   */
  public FencedException(String message) {
    super(message);
  }
}
