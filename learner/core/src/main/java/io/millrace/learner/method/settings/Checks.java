package io.millrace.learner.method.settings;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.tensor.Decoders;

/** Ranges that settings of several methods share. */
final class Checks {
  private Checks() {}

  /** One view of each image, of a size that decoders come to. */
  static void decodable(String key, ViewSettings view) {
    oneView(key, view);
    Decoders.requireSize(key + ".size", view.size());
  }

  /** One view of each image. */
  static void oneView(String key, ViewSettings view) {
    if (view.views() != 1) {
      throw new IllegalArgumentException(key + ".views is " + view.views() + ": expected 1");
    }
  }

  /** A whole number between two, both allowed. */
  static void whole(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + least + " to " + most);
    }
  }

  /** Width of a hidden layer. */
  static void width(String key, int value) {
    whole(key, value, 8, 16384);
  }

  /** A share of itself that something keeps, 0 up to but not 1. */
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
