package io.millrace.learner.method.settings;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.tensor.Decoders;

/** What settings of several methods ask of their views. */
public final class Checks {
  private Checks() {}

  /** One view of each image, of a size that decoders come to. */
  public static void decodable(String key, ViewSettings view) {
    oneView(key, view);
    Decoders.requireSize(key + ".size", view.size());
  }

  /** One view of each image. */
  public static void oneView(String key, ViewSettings view) {
    if (view.views() != 1) {
      throw new IllegalArgumentException(key + ".views is " + view.views() + ": expected 1");
    }
  }
}
