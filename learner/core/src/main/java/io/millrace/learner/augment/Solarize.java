package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;

/** x becomes 1 − x where it is over ½, with a probability. */
record Solarize(double probability) implements ViewTransform {
  private static final double THRESHOLD = 0.5;

  @Override
  public Tensor apply(Engine engine, Tensor views, ViewRandom draws) {
    // The threshold of a row left alone lies above every value.
    float[] thresholds = new float[draws.rows()];
    for (int row = 0; row < thresholds.length; row++) {
      thresholds[row] =
          draws.of("solarize", row).nextDouble() < probability ? (float) THRESHOLD : 2;
    }
    Tensor invert = views.greater(ViewTransform.perRow(engine, thresholds));
    return views.add(invert.mul(views.mul(-2).add(1)));
  }

  @Override
  public void change(float[] view, int side, int row, ViewRandom draws) {
    if (draws.of("solarize", row).nextDouble() < probability) {
      for (int i = 0; i < view.length; i++) {
        view[i] = view[i] > (float) THRESHOLD ? 1 - view[i] : view[i];
      }
    }
  }
}
