package io.millrace.learner.augment;

import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Cropping, resizing and mirroring as two batched matrix products, R X Cᵀ, with a row matrix and a
 * column matrix for each view that the host fills with the weights of a {@link TriangleFilter}. An
 * image smaller than the padded batch has zero columns there.
 */
final class Resampler {
  private Resampler() {}

  /**
   * @param batch images
   * @param windows by image, the windows of its views, as many for each
   * @param size side of a view
   * @return [images · views, 3, size, size] in [0, 1], image-major
   */
  static Tensor resample(Engine engine, PixelBatch batch, List<Window[]> windows, int size) {
    int n = windows.size();
    int views = windows.get(0).length;
    int height = batch.height();
    int width = batch.width();
    float[] rows = new float[n * views * size * height];
    float[] columns = new float[n * views * size * width];
    for (int image = 0; image < n; image++) {
      for (int v = 0; v < views; v++) {
        Window window = windows.get(image)[v];
        for (int i = 0; i < size; i++) {
          int line = (image * views + v) * size + i;
          write(window.row(i), 1.0 / 255, rows, line * height);
          write(window.column(i, size), 1, columns, line * width);
        }
      }
    }
    // [n, v·s, H] × [n, H, W·3] = [n, v·s, W·3]
    Tensor down = engine.tensor(rows, n, (long) views * size, height).matmul(batch.pixels());
    // [n·v, s, W] × [n·v, W, s·3] = [n·v, s (across), s (down) · 3]
    Tensor across =
        engine
            .tensor(columns, (long) n * views, size, width)
            .matmul(
                down.reshape((long) n * views, size, width, 3)
                    .permute(0, 2, 1, 3)
                    .reshape((long) n * views, width, size * 3L));
    return across.reshape((long) n * views, size, size, 3).permute(0, 3, 2, 1).copy();
  }

  private static void write(TriangleFilter filter, double factor, float[] to, int at) {
    for (int k = 0; k < filter.count(); k++) {
      to[at + filter.first() + k] = (float) (factor * filter.weight(k));
    }
  }
}
