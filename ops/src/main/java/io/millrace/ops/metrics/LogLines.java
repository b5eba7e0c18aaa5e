package io.millrace.ops.metrics;

import org.slf4j.MDC;

/** What every log line of the calling thread carries from now on, besides its message. */
public final class LogLines {
  private LogLines() {}

  /** The part of the process. */
  public static void role(String name) {
    MDC.put("role", name);
  }

  /** The update that was made last. */
  public static void step(long step) {
    MDC.put("step", Long.toString(step));
  }

  /** The version released last, or the one that serves. */
  public static void release(long version) {
    MDC.put("release", Long.toString(version));
  }
}
