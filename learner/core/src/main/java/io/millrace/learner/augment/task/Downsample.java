package io.millrace.learner.augment.task;

import io.millrace.learner.augment.TriangleFilter;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;

/** Maps resampled to another size, antialiased bilinear, as two matrix products R X Cᵀ. */
public final class Downsample {
  private Downsample() {}

  /** [rows, channels, h, w] to [rows, channels, height, width]. */
  public static Tensor to(Engine engine, Tensor maps, long height, long width) {
    Tensor down = matrix(engine, (int) maps.size(2), (int) height);
    Tensor across = matrix(engine, (int) maps.size(3), (int) width);
    return down.matmul(maps).matmul(across.permute(1, 0));
  }

  private static Tensor matrix(Engine engine, int from, int to) {
    double[] values = new double[to * from];
    for (int cell = 0; cell < to; cell++) {
      TriangleFilter filter = TriangleFilter.of(0, from, to, cell);
      for (int k = 0; k < filter.count(); k++) {
        values[cell * from + filter.first() + k] = filter.weight(k);
      }
    }
    return engine.tensor(values, to, from);
  }
}
