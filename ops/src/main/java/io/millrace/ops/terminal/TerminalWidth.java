package io.millrace.ops.terminal;

import java.io.IOException;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jline.terminal.spi.SystemStream;
import org.jline.terminal.spi.TerminalProvider;

/** How many columns the terminal behind stderr has, asked anew each time: windows are resized. */
final class TerminalWidth implements IntSupplier {
  /** Of a terminal that does not say its width. */
  private static final int USUAL = 80;

  private final TerminalProvider provider;
  private final int fallback;

  private TerminalWidth(TerminalProvider provider, int fallback) {
    this.provider = provider;
    this.fallback = fallback;
  }

  /**
   * Of stderr.
   *
   * @return always 0 where it is no terminal, or one on which no line can be written over
   */
  static IntSupplier ofStderr() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return () -> 0;
    }
    try {
      // Asks by one ioctl; opening a whole terminal would take over its input and signals.
      TerminalProvider provider = TerminalProvider.load("jni");
      if (provider.isSystemStream(SystemStream.Error)) {
        return new TerminalWidth(provider, fallback(System.getenv()));
      }
    } catch (IOException | LinkageError e) {
      return System.console() == null ? () -> 0 : () -> fallback(System.getenv());
    }
    return () -> 0;
  }

  static int fallback(Map<String, String> environment) {
    String columns = environment.getOrDefault("COLUMNS", "");
    return columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) : USUAL;
  }

  @Override
  public int getAsInt() {
    int columns = provider.systemStreamWidth(SystemStream.Error);
    return columns > 0 ? columns : fallback;
  }
}
