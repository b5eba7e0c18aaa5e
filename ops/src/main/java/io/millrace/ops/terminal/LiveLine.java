package io.millrace.ops.terminal;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Progress on the terminal: one line that is written over each second, or where nobody watches a
 * plain line now and then.
 */
public final class LiveLine {
  private static final int PLAIN_EVERY_SECONDS = 10;

  private final PrintStream out;
  private final boolean terminal;
  private final int columns;
  private int drawn;
  private long ticks;

  public LiveLine(PrintStream out, boolean terminal, int columns) {
    this.out = out;
    this.terminal = terminal;
    this.columns = columns;
  }

  /** On stderr, live where it is a terminal; nowhere where stderr is for JSON alone. */
  public static LiveLine onStderr() {
    if (Logs.jsonOnStderr()) {
      return new LiveLine(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          false,
          120);
    }
    boolean terminal = System.console() != null && !"dumb".equals(System.getenv("TERM"));
    String columns = System.getenv().getOrDefault("COLUMNS", "");
    return new LiveLine(
        System.err, terminal, columns.matches("\\d{2,4}") ? Integer.parseInt(columns) : 120);
  }

  /** Shows a line; to be called each second. */
  public void show(String line) {
    if (terminal) {
      String cut = line.length() < columns ? line : line.substring(0, columns - 1);
      out.print("\r" + cut + " ".repeat(Math.max(0, drawn - cut.length())));
      out.flush();
      drawn = cut.length();
    } else if (ticks++ % PLAIN_EVERY_SECONDS == 0) {
      out.println(line);
    }
  }

  /** Says something that stays. */
  public void say(String text) {
    end();
    out.println(text);
  }

  /** Leaves the live line as it is and begins a new one. */
  public void end() {
    if (drawn > 0) {
      out.println();
      drawn = 0;
    }
  }
}
