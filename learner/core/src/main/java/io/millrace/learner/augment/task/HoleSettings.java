package io.millrace.learner.augment.task;

import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.Range;
import io.millrace.ingest.settings.Spelling;

/** Square holes cut into a view. */
public record HoleSettings(
    @Doc("center (one hole in the middle) or blocks (holes anywhere, which may overlap)")
        Shape shape,
    @Doc("holes in each image with blocks") @Range(min = 1, max = 64) int blocks,
    @Doc("side of a hole as a share of the view's") @Range(over = 0, under = 1) double side) {
  /** Where holes are. */
  public enum Shape {
    /** One in the middle. */
    CENTER,

    /** Anywhere; they may overlap. */
    BLOCKS;

    /** As it is written in configurations and checkpoints. */
    @Override
    @JsonValue
    public String toString() {
      return Spelling.of(this);
    }
  }

  public HoleSettings {
    Allowed.check(HoleSettings.class, shape, blocks, side);
  }

  /** The context encoder's: the middle half of the image's height and width. */
  public static HoleSettings center() {
    return new HoleSettings(Shape.CENTER, 1, 0.5);
  }

  /** Square blocks anywhere. */
  public static HoleSettings blocks(int blocks, double side) {
    return new HoleSettings(Shape.BLOCKS, blocks, side);
  }
}
