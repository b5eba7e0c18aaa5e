package io.millrace.learner.method.step;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.method.settings.TwoViewSettings;
import io.millrace.learner.tensor.Tensor;

/** How a method sees each image twice. */
public record TwoViews(ViewGroup first, ViewGroup second) {
  /**
   * Two views of a batch.
   *
   * @param v1 [images, 3, size, size]
   * @param v2 the same images in the same order
   */
  public record Pair(Tensor v1, Tensor v2) {}

  public static TwoViews of(TwoViewSettings settings, Preprocessing preprocessing) {
    return new TwoViews(
        ViewGroup.crops("first", settings.firstView(), preprocessing),
        ViewGroup.crops("second", settings.secondView(), preprocessing));
  }

  /** Views of the batch of a pass, which closes them. */
  public Pair of(StepContext context) {
    var pair = new Pair(context.view(first), context.view(second));
    context.markPhase("views");
    return pair;
  }
}
