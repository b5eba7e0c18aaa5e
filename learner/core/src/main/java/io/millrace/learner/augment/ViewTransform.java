package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;

/** A change to a batch of views, with chance of its own for each row. */
interface ViewTransform {
  /**
   * @param views [rows, 3, height, width] in [0, 1], red, green and blue
   * @param draws the rows' chance
   * @return the changed views, of the same shape; the argument is left as it is
   */
  Tensor apply(Engine engine, Tensor views, ViewRandom draws);

  /**
   * The same of one row in the host's memory, where a processor makes views one after another while
   * they are in its cache.
   *
   * @param view [3, side, side], row-major, changed in place
   * @param row which of the rows it is, for {@code draws}
   */
  void change(float[] view, int side, int row, ViewRandom draws);

  /** A tensor of one number for each row, [rows, 1, 1, 1]. */
  static Tensor perRow(Engine engine, float[] values) {
    return engine.tensor(values, values.length, 1, 1, 1);
  }
}
