package io.millrace.learner.method.step;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.settings.TwoViewSettings;
import io.millrace.learner.tensor.Tensor;

/** How a method sees each image twice. */
record TwoViews(ViewGroup first, ViewGroup second) {
  /**
   * Two views of a batch.
   *
   * @param v1 [images, 3, size, size]
   * @param v2 the same images in the same order
   */
  record Pair(Tensor v1, Tensor v2) {}

  static TwoViews of(TwoViewSettings settings, Preprocessing preprocessing) {
    return new TwoViews(
        ViewGroup.crops("first", settings.firstView(), preprocessing),
        ViewGroup.crops("second", settings.secondView(), preprocessing));
  }

  /** Views of the batch of a pass, which closes them. */
  Pair of(Pass pass) {
    var pair = new Pair(pass.view(first), pass.view(second));
    pass.lap("views");
    return pair;
  }
}
