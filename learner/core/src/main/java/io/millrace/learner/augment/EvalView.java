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
    float[] scale = new float[3];
    float[] shift = new float[3];
    for (int c = 0; c < 3; c++) {
      scale[c] = (float) (1 / (255 * preprocessing.std().get(c)));
      shift[c] = (float) (-preprocessing.mean().get(c) / preprocessing.std().get(c));
    }
    HostResampler.write(image, window, size, scale, shift, out, at);
  }
}
