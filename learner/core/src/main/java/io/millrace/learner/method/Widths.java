package io.millrace.learner.method;

/** The check that settings of hidden layers share. */
final class Widths {
  private Widths() {}

  static void check(String key, int value) {
    if (value < 8 || value > 16384) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 8 to 16384");
    }
  }
}
