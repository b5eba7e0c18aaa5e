package io.millrace.ops.terminal;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Progress on the terminal: one line that is written over each second, or where nobody watches a
 * plain line now and then. While it is open, what else goes to stderr, such as log lines, is
 * written above the line.
 */
public class LiveLine implements AutoCloseable {
  private static final int PLAIN_EVERY_SECONDS = 10;
  private static final String BETWEEN = " · ";

  /** To the line's start, and what is there erased. */
  private static final String ERASE = "\r\u001b[K";

  /** The one that others write above; null while none is open. */
  private static volatile @Nullable LiveLine open;

  private final PrintStream out;
  private final IntSupplier columns;
  private final boolean overStderr;
  private String drawn = "";
  private long ticks;

  /**
   * @param columns the terminal's width now; 0 where there is no terminal
   */
  LiveLine(PrintStream out, IntSupplier columns) {
    this(out, columns, false);
  }

  private LiveLine(PrintStream out, IntSupplier columns, boolean overStderr) {
    this.out = out;
    this.columns = columns;
    this.overStderr = overStderr;
  }

  /**
   * On stderr, live where it is a terminal. Where stderr is for JSON alone, what is said is a log
   * line and what is shown is not there.
   */
  public static LiveLine onStderr() {
    if (Logs.jsonOnStderr()) {
      return new LiveLine(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          () -> 0) {
        @Override
        public void say(String text) {
          Logs.say(text);
        }
      };
    }
    IntSupplier columns = TerminalWidth.ofStderr();
    if (columns.getAsInt() == 0) {
      return new LiveLine(System.err, columns);
    }
    var line = new LiveLine(System.err, columns, true);
    System.setErr(line.above());
    open = line;
    return line;
  }

  /** Plain lines alone. */
  public static LiveLine plain(PrintStream out) {
    return new LiveLine(out, () -> 0);
  }

  /**
   * Shows a line; to be called each second.
   *
   * @param parts the most important one first: the last ones are skipped where the terminal is too
   *     narrow for all
   */
  public synchronized void show(List<String> parts) {
    int width = columns.getAsInt();
    if (width > 0) {
      draw(fit(parts, width - 1));
    } else if (ticks++ % PLAIN_EVERY_SECONDS == 0) {
      out.println(String.join(BETWEEN, parts));
    }
  }

  /** Shows a line of one part. */
  public void show(String line) {
    show(List.of(line));
  }

  /** Says something that stays. */
  public synchronized void say(String text) {
    erase();
    out.println(text);
  }

  /** Leaves the live line as it is and begins a new one. */
  public synchronized void end() {
    if (!drawn.isEmpty()) {
      out.println();
      drawn = "";
    }
  }

  /** Ends the line and gives stderr back. */
  @Override
  public void close() {
    end();
    if (overStderr) {
      System.setErr(out);
      open = null;
    }
  }

  /** Closes the line that is open on stderr, if any: what is said next is the last word. */
  static void closeOpen() {
    LiveLine line = open;
    if (line != null) {
      line.close();
    }
  }

  /** A stream to the same place, which writes above the line. */
  PrintStream above() {
    return new PrintStream(new Above(), true, Charset.defaultCharset());
  }

  private static String fit(List<String> parts, int width) {
    String text = parts.get(0);
    for (String part : parts.subList(1, parts.size())) {
      if (text.length() + BETWEEN.length() + part.length() > width) {
        break;
      }
      text += BETWEEN + part;
    }
    return text.length() <= width ? text : text.substring(0, Math.max(1, width));
  }

  private void draw(String text) {
    out.print(ERASE + text);
    out.flush();
    drawn = text;
  }

  private void erase() {
    if (!drawn.isEmpty()) {
      out.print(ERASE);
      drawn = "";
    }
  }

  /** Takes the line away, writes, and draws it again once a whole line is written. */
  private final class Above extends OutputStream {
    private String hidden = "";

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      synchronized (LiveLine.this) {
        if (length == 0) {
          return;
        }
        if (!drawn.isEmpty()) {
          hidden = drawn;
          erase();
        }
        out.write(bytes, from, length);
        if (bytes[from + length - 1] == '\n' && !hidden.isEmpty()) {
          draw(fit(List.of(hidden), columns.getAsInt() - 1));
          hidden = "";
        }
        out.flush();
      }
    }

    @Override
    public void flush() {
      out.flush();
    }
  }
}
