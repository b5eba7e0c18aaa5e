package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;

/** All three channels become the gray of the color, with a probability. */
record Grayscale(double probability) implements ViewTransform {
  @Override
  public Tensor apply(Engine engine, Tensor views, ViewRandom draws) {
    float[] share = new float[draws.rows()];
    for (int row = 0; row < share.length; row++) {
      share[row] = draws.of("grey", row).nextDouble() < probability ? 1 : 0;
    }
    Tensor gray = ViewTransform.perRow(engine, share);
    Tensor color = gray.mul(-1).add(1);
    return views.mul(color).add(Luminance.of(views).mul(gray));
  }
}
