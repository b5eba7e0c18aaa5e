package io.millrace.learner.augment;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * The view without chance, for evaluation and serving: everybody who shows an image to a trained
 * network makes its input here. It is computed on the host, image by image, so that an image's
 * input never depends on the batch it comes in.
 */
public final class EvalView {
  private final Preprocessing preprocessing;

  public EvalView(Preprocessing preprocessing) {
    this.preprocessing = preprocessing;
  }

  /** What this view does. */
  public Preprocessing preprocessing() {
    return preprocessing;
  }

  /** The same part of an image in a square of at most this side in pixels. */
  public EvalView atMost(int side) {
    int size = preprocessing.size();
    if (size <= side) {
      return this;
    }
    int resize = Math.round((float) preprocessing.resize() * side / size);
    return new EvalView(preprocessing.withSize(side).withResize(resize));
  }

  /** Images of any sizes to [images, 3, size, size], in their order. */
  public Tensor of(Engine engine, List<PixelImage> images) {
    int size = preprocessing.size();
    int one = 3 * size * size;
    float[] all = new float[images.size() * one];
    for (int i = 0; i < images.size(); i++) {
      write(images.get(i), all, i * one);
    }
    return engine.tensor(all, images.size(), 3, size, size);
  }

  /** One image's input, [3, size, size] row-major. */
  public float[] of(PixelImage image) {
    float[] out = new float[3 * preprocessing.size() * preprocessing.size()];
    write(image, out, 0);
    return out;
  }

  private void write(PixelImage given, float[] out, int at) {
    PixelImage image =
        preprocessing.maxSide() > 0 ? given.shrinkTo(preprocessing.maxSide()) : given;
    int size = preprocessing.size();
    Window window =
        Window.center(image.width(), image.height(), preprocessing.shorterSide(), size, false);
    var down = new TriangleFilter[size];
    var across = new TriangleFilter[size];
    for (int i = 0; i < size; i++) {
      down[i] = window.row(i);
      across[i] = window.column(i, size);
    }
    int left = across[0].first();
    int width = across[size - 1].end() - left;
    float[] rows = rows(image, down, left, width);
    float[] scale = new float[3];
    float[] shift = new float[3];
    for (int c = 0; c < 3; c++) {
      scale[c] = (float) (1 / (255 * preprocessing.std().get(c)));
      shift[c] = (float) (-preprocessing.mean().get(c) / preprocessing.std().get(c));
    }
    for (int j = 0; j < size; j++) {
      float[] weights = across[j].weights();
      for (int i = 0; i < size; i++) {
        int from = (i * width + across[j].first() - left) * 3;
        for (int c = 0; c < 3; c++) {
          float sum = 0;
          for (int k = 0; k < weights.length; k++) {
            sum += weights[k] * rows[from + k * 3 + c];
          }
          out[at + (c * size + i) * size + j] = sum * scale[c] + shift[c];
        }
      }
    }
  }

  /**
   * Rows resampled, columns not yet: [rows, width, 3]. Each source row becomes numbers once and is
   * then added to the rows that it has a part in, because only sums of numbers are vectorized.
   */
  private static float[] rows(PixelImage image, TriangleFilter[] down, int left, int width) {
    int length = width * 3;
    float[] rows = new float[down.length * length];
    float[] source = new float[length];
    byte[] rgb = image.rgb();
    int open = 0; // the first row that source rows still have a part in
    for (int y = down[0].first(); y < down[down.length - 1].end(); y++) {
      int from = (y * image.width() + left) * 3;
      for (int x = 0; x < length; x++) {
        source[x] = rgb[from + x] & 0xFF;
      }
      while (down[open].end() <= y) {
        open++;
      }
      for (int i = open; i < down.length && down[i].first() <= y; i++) {
        add((float) down[i].weight(y - down[i].first()), source, rows, i * length);
      }
    }
    return rows;
  }

  private static void add(float weight, float[] source, float[] to, int at) {
    for (int x = 0; x < source.length; x++) {
      to[at + x] += weight * source[x];
    }
  }
}
