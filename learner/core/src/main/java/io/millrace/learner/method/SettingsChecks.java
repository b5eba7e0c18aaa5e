package io.millrace.learner.method;

import io.millrace.learner.augment.ViewSettings;

/** Ranges that several methods' settings share. */
final class SettingsChecks {
  private SettingsChecks() {}

  /** A group of one view of each image. */
  static void oneView(String key, ViewSettings view) {
    if (view.views() != 1) {
      throw new IllegalArgumentException(key + ".views is " + view.views() + ": expected 1");
    }
  }

  /** A whole number in a range. */
  static void whole(String key, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + least + " to " + most);
    }
  }

  /** A share of itself that an average keeps, 0 up to but not 1. */
  static void momentum(String key, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 up to but not 1");
    }
  }

  /** A temperature or a factor, over 0 and not over a limit. */
  static void positive(String key, double value, double most) {
    if (!(value > 0 && value <= most)) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected over 0, at most " + number(most));
    }
  }

  /** A weight, 0 to a limit. */
  static void weight(String key, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 to " + number(most));
    }
  }

  private static String number(double limit) {
    return limit == Math.rint(limit) ? Long.toString((long) limit) : Double.toString(limit);
  }
}
