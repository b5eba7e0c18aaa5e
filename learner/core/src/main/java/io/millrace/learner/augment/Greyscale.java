package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;

/** All three channels become the grey of the colour, with a probability. */
record Greyscale(double probability) implements ViewTransform {
  @Override
  public Tensor apply(Engine engine, Tensor views, Draws draws) {
    float[] share = new float[draws.rows()];
    for (int row = 0; row < share.length; row++) {
      share[row] = draws.of("grey", row).nextDouble() < probability ? 1 : 0;
    }
    Tensor grey = ViewTransform.perRow(engine, share);
    Tensor colour = grey.mul(-1).add(1);
    return views.mul(colour).add(Luminance.of(views).mul(grey));
  }
}
