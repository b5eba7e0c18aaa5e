package io.millrace.learner.augment.task;

import java.util.List;

/**
 * Square holes cut into a view.
 *
 * @param shape centre (one hole in the middle) or blocks (holes anywhere, which may overlap)
 * @param blocks holes in each image with blocks, 1 to 64
 * @param side side of a hole as a share of the view's, over 0 up to but not 1
 */
public record HoleSettings(String shape, int blocks, double side) {
  private static final List<String> SHAPES = List.of("centre", "blocks");

  public HoleSettings {
    if (!SHAPES.contains(shape)) {
      throw new IllegalArgumentException("shape is '" + shape + "': expected one of " + SHAPES);
    }
    if (blocks < 1 || blocks > 64) {
      throw new IllegalArgumentException("blocks is " + blocks + ": expected 1 to 64");
    }
    if (!(side > 0 && side < 1)) {
      throw new IllegalArgumentException("side is " + side + ": expected over 0 up to but not 1");
    }
  }

  /** The context encoder's: the middle half of the image's height and width. */
  public static HoleSettings centre() {
    return new HoleSettings("centre", 1, 0.5);
  }

  /** Square blocks anywhere. */
  public static HoleSettings blocks(int blocks, double side) {
    return new HoleSettings("blocks", blocks, side);
  }
}
