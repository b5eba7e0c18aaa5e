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

  @Override
  public void change(float[] view, int side, int row, ViewRandom draws) {
    if (draws.of("grey", row).nextDouble() < probability) {
      int plane = side * side;
      float[] gray = Luminance.of(view, plane);
      for (int c = 0; c < 3; c++) {
        System.arraycopy(gray, 0, view, c * plane, plane);
      }
    }
  }
}
