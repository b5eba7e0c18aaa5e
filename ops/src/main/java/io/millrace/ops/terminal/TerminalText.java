package io.millrace.ops.terminal;

/** Somebody else's text on a terminal. */
public final class TerminalText {
  private TerminalText() {}

  /**
   * The text with a question mark for every character that would move the cursor, color what
   * follows, turn its direction or not show.
   */
  public static String plain(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", "?");
  }
}
