package io.millrace.learner.method.settings;

import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.tensor.Decoders;

/** Ranges that settings of several methods share. */
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

  /** A whole number between two, both allowed. */
  public static void whole(String key, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + least + " to " + most);
    }
  }

  /** Width of a hidden layer. */
  public static void width(String key, int value) {
    whole(key, value, 8, 16384);
  }

  /** A share of itself that something keeps, 0 up to but not 1. */
  public static void momentum(String key, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 up to but not 1");
    }
  }

  /** A temperature or a factor, over 0 and not over a limit. */
  public static void positive(String key, double value, double most) {
    if (!(value > 0 && value <= most)) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected over 0, at most " + number(most));
    }
  }

  /** A weight, 0 to a limit. */
  public static void weight(String key, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new IllegalArgumentException(key + " is " + value + ": expected 0 to " + number(most));
    }
  }

  private static String number(double limit) {
    return limit == Math.rint(limit) ? Long.toString((long) limit) : Double.toString(limit);
  }
}
