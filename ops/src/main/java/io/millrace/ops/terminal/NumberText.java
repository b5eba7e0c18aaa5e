package io.millrace.ops.terminal;

import java.util.Locale;

/** Numbers as people read them. */
public final class NumberText {
  /** Stands for a number that is not there. */
  public static final String NONE = "–";

  private NumberText() {}

  /** Four significant digits, without exponents where they can be avoided. */
  public static String of(double x) {
    if (!Double.isFinite(x)) {
      return NONE;
    }
    double size = Math.abs(x);
    if (size >= 1000) {
      return String.format(Locale.ROOT, "%,.0f", x);
    }
    if (size >= 100) {
      return String.format(Locale.ROOT, "%.0f", x);
    }
    if (size >= 10) {
      return String.format(Locale.ROOT, "%.1f", x);
    }
    return size >= 0.001 || size == 0
        ? String.format(Locale.ROOT, "%.3f", x)
        : String.format(Locale.ROOT, "%.1e", x);
  }

  /** A whole number with commas between thousands. */
  public static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  /** One decimal place. */
  public static String percent(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** Minutes and seconds, such as {@code 1:05}. */
  public static String time(long seconds) {
    return String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }

  /** Minutes and rounded seconds; none for what is not finite. */
  public static String time(double seconds) {
    return time(Double.isFinite(seconds) ? Math.round(seconds) : 0L);
  }
}
