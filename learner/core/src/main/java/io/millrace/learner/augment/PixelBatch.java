package io.millrace.learner.augment;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Images of any sizes, ready for all their views. For a GPU they are uploaded once: [images,
 * height, width · 3] with values 0 to 255, rows and columns that an image does not have being 0. A
 * processor makes its views from the images as they are.
 */
public final class PixelBatch {
  private final List<PixelImage> images;
  private final int height;
  private final int width;
  private final @Nullable Tensor pixels;

  /** Where images are uploaded the tensor belongs to the open scope. */
  public PixelBatch(Engine engine, List<PixelImage> images) {
    this.images = List.copyOf(images);
    this.height = images.stream().mapToInt(PixelImage::height).max().orElseThrow();
    this.width = images.stream().mapToInt(PixelImage::width).max().orElseThrow();
    this.pixels = onHost(engine) ? null : upload(engine);
  }

  /**
   * Whether views are made by the host and not by the engine: on a processor, view by view they
   * stay in its cache, while each of the engine's operations goes over the whole batch in memory.
   * Where the engine works in double precision, so do views.
   */
  private static boolean onHost(Engine engine) {
    return engine.info().device().equals("cpu") && engine.info().precision() != Precision.FLOAT64;
  }

  private Tensor upload(Engine engine) {
    long all = (long) images.size() * height * width * 3;
    if (all > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          images.size()
              + " images padded to "
              + width
              + "×"
              + height
              + " pixels are "
              + all
              + " bytes: expected less than 2 GiB; store images smaller or take fewer at a time");
    }
    byte[] bytes = new byte[(int) all];
    for (int i = 0; i < images.size(); i++) {
      copy(images.get(i), bytes, i * height * width * 3);
    }
    return engine.tensor(bytes, images.size(), height, width * 3L);
  }

  private void copy(PixelImage image, byte[] to, int at) {
    int row = image.width() * 3;
    for (int y = 0; y < image.height(); y++) {
      System.arraycopy(image.rgb(), y * row, to, at + y * width * 3, row);
    }
  }

  /** Whether the images stay on the host. */
  boolean isOnHost() {
    return pixels == null;
  }

  /** The images, in order. */
  List<PixelImage> images() {
    return images;
  }

  /** Rows of the highest image. */
  int height() {
    return height;
  }

  /** Columns of the widest image. */
  int width() {
    return width;
  }

  /** [images, height, width · 3], 0 to 255, where they were uploaded. */
  Tensor pixels() {
    return Objects.requireNonNull(pixels, "the images are on the host");
  }
}
