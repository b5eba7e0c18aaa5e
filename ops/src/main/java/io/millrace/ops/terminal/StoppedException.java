package io.millrace.ops.terminal;

/**
 * Thrown on a command's own thread once somebody asked to stop, so that it closes what it opened.
 */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /**
   * @param exitCode 128 and the signal's number, as shells count
   */
  StoppedException(int exitCode) {
    super("stopped before its end");
    this.exitCode = exitCode;
  }

  /** The exit code of a program that this signal ended. */
  public int exitCode() {
    return exitCode;
  }
}
