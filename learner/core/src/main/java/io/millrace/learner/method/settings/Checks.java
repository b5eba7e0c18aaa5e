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

  /**
   * A map of visual words of 2 × 2 cells at least: a bag of fewer holds nothing to predict.
   *
   * @param key the setting that asks for words, such as {@code methods.obow.levels}
   * @param stage a stage of a ResNet, such as {@code layer4}
   */
  public static void wordCells(String key, ModelSettings model, String stage) {
    int size = model.preprocessing().size();
    int side = model.backbone().mapSide(size, stage);
    if (side < 2) {
      throw new IllegalArgumentException(
          "model.preprocessing.size is %d and %s has %s: with model.backbone (%s) that leaves %d × %d cells for visual words: expected 2 × 2 or more"
              .formatted(size, key, stage, model.backbone().inWords(), side, side));
    }
  }
}
