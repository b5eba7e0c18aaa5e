package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;

/** (x − mean) / std of each channel. */
public record Normalize(Preprocessing preprocessing) implements ViewTransform {
  @Override
  public Tensor apply(Engine engine, Tensor views, ViewRandom draws) {
    return of(engine, views, preprocessing);
  }

  @Override
  public void change(float[] view, int side, int row, ViewRandom draws) {
    int plane = side * side;
    for (int c = 0; c < 3; c++) {
      float scale = (float) (1 / preprocessing.std().get(c));
      float shift = (float) (-preprocessing.mean().get(c) / preprocessing.std().get(c));
      for (int i = c * plane; i < (c + 1) * plane; i++) {
        view[i] = view[i] * scale + shift;
      }
    }
  }

  /**
   * Views [N, 3, H, W], or [N, 1, H, W], whose channel is taken for all three. Returns [N, 3, H,
   * W].
   */
  public static Tensor of(Engine engine, Tensor views, Preprocessing preprocessing) {
    double[] scale = new double[3];
    double[] shift = new double[3];
    for (int c = 0; c < 3; c++) {
      scale[c] = 1 / preprocessing.std().get(c);
      shift[c] = -preprocessing.mean().get(c) / preprocessing.std().get(c);
    }
    return views.mul(engine.tensor(scale, 1, 3, 1, 1)).addIn(1, engine.tensor(shift, 1, 3, 1, 1));
  }
}
