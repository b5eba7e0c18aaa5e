package io.millrace.ops.terminal;

/**
 * Thrown on a command's own thread once somebody asked to stop, so that it closes what it opened.
 */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoppedException() {
    super("stopped before its end");
  }
}
