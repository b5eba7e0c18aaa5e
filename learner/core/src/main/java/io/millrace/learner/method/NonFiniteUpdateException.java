package io.millrace.learner.method;

/**
 * An update's loss or gradient is not finite. Thrown before the optimizer ran: parameters are as
 * they were, gradients are cleared. Running statistics may have moved.
 */
public final class NonFiniteUpdateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param what what is not finite
   * @param value NaN or infinite
   */
  public NonFiniteUpdateException(String what, double value) {
    super(what + " is " + value);
  }
}
