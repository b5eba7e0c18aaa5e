package io.millrace.learner.augment;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * The view without chance, for evaluation and serving. It is computed on the host, image by image,
 * so that an image's input never depends on the batch it comes in.
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

  private void write(PixelImage image, float[] out, int at) {
    int size = preprocessing.size();
    Window window = Window.center(image.width(), image.height(), size, false);
    byte[] rgb = image.rgb();
    int width = image.width() * 3;
    float[] rows = new float[size * width]; // rows resampled, columns not yet
    for (int i = 0; i < size; i++) {
      TriangleFilter filter = window.row(i);
      for (int k = 0; k < filter.count(); k++) {
        float weight = (float) filter.weight(k);
        int from = (filter.first() + k) * width;
        for (int x = 0; x < width; x++) {
          rows[i * width + x] += weight * (rgb[from + x] & 0xFF);
        }
      }
    }
    for (int j = 0; j < size; j++) {
      TriangleFilter filter = window.column(j, size);
      for (int c = 0; c < 3; c++) {
        float scale = (float) (1 / (255 * preprocessing.std().get(c)));
        float shift = (float) (-preprocessing.mean().get(c) / preprocessing.std().get(c));
        for (int i = 0; i < size; i++) {
          float sum = 0;
          for (int k = 0; k < filter.count(); k++) {
            sum += (float) filter.weight(k) * rows[i * width + (filter.first() + k) * 3 + c];
          }
          out[at + (c * size + i) * size + j] = sum * scale + shift;
        }
      }
    }
  }
}
