package io.millrace.learner.objective;

import java.util.Set;

/** An objective over the projections of two views of the same images, both differentiable. */
public interface PairObjective extends Objective {
  /** z1 [N, D], projections of one view. */
  String FIRST = "first";

  /** z2 [N, D], projections of the other, the same images in the same order. */
  String SECOND = "second";

  /**
   * Loss of independent projections.
   *
   * @param images N
   * @param dimensions D
   */
  double chanceLevel(long images, long dimensions);

  @Override
  default Set<String> inputs() {
    return Set.of(FIRST, SECOND);
  }

  @Override
  default Set<String> differentiable() {
    return inputs();
  }
}
