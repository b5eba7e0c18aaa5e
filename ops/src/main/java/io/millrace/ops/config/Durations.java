package io.millrace.ops.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Durations as people write them: {@code 250ms}, {@code 90s}, {@code 1h30m}, or ISO {@code PT3M}.
 */
final class Durations {
  private static final Pattern WHOLE = Pattern.compile("(\\d+(ms|d|h|m|s))+");
  private static final Pattern PART = Pattern.compile("(\\d+)(ms|d|h|m|s)");

  private Durations() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException when it has none of the forms
   */
  static Duration parse(String text) {
    String t = text.strip().toLowerCase(Locale.ROOT);
    if (t.equals("0")) {
      return Duration.ZERO;
    }
    try {
      if (t.startsWith("p")) {
        return Duration.parse(t);
      }
      if (WHOLE.matcher(t).matches()) {
        Duration sum = Duration.ZERO;
        var part = PART.matcher(t);
        while (part.find()) {
          sum = sum.plus(of(Long.parseLong(part.group(1)), part.group(2)));
        }
        return sum;
      }
    } catch (DateTimeParseException | NumberFormatException | ArithmeticException e) {
      // falls through to the one message
    }
    throw new IllegalArgumentException(
        "'" + text + "' is no duration: expected one like 250ms, 90s, 3m or 1h30m");
  }

  /** The short form that {@link #parse} reads. */
  static String format(Duration d) {
    if (d.isZero()) {
      return "0s";
    }
    var out = new StringBuilder();
    append(out, d.toDays(), "d");
    append(out, d.toHoursPart(), "h");
    append(out, d.toMinutesPart(), "m");
    append(out, d.toSecondsPart(), "s");
    append(out, d.toMillisPart(), "ms");
    return out.toString();
  }

  private static void append(StringBuilder out, long n, String unit) {
    if (n > 0) {
      out.append(n).append(unit);
    }
  }

  private static Duration of(long n, String unit) {
    return switch (unit) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      case "m" -> Duration.ofMinutes(n);
      case "h" -> Duration.ofHours(n);
      default -> Duration.ofDays(n);
    };
  }
}
