package io.millrace.serving.embed;

/** There is more work waiting than is allowed; a later call may find room. */
public final class BusyException extends Exception {
  private static final long serialVersionUID = 1L;

  BusyException(int waiting) {
    super(waiting + " calls wait already: try again later");
  }
}
