package io.millrace.learner.method;

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

  /** A share that something keeps of itself. */
  static void momentum(String key, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 up to but not 1");
    }
  }
}
