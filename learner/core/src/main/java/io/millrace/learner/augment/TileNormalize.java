package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;

/**
 * (x − mean) / deviation of each channel of each view by itself, so that no brightness tells which
 * tiles are neighbors (Noroozi and Favaro 2016, section 3.4). A deviation under one of 255 levels
 * counts as one: what is flat stays flat.
 */
record TileNormalize() implements ViewTransform {
  private static final double LEVEL = 1.0 / 255;

  @Override
  public Tensor apply(Engine engine, Tensor views, ViewRandom draws) {
    Tensor centered = views.sub(views.mean(true, 2, 3));
    Tensor deviation = centered.mul(centered).mean(true, 2, 3).sqrt();
    return centered.div(deviation.clamp(LEVEL, Double.POSITIVE_INFINITY));
  }

  @Override
  public void change(float[] view, int side, int row, ViewRandom draws) {
    int plane = side * side;
    for (int c = 0; c < 3; c++) {
      Spread spread = Spread.of(view, c * plane, plane);
      float scale = (float) (1 / Math.max(LEVEL, spread.deviation()));
      for (int i = c * plane; i < (c + 1) * plane; i++) {
        view[i] = (view[i] - (float) spread.mean()) * scale;
      }
    }
  }
}
