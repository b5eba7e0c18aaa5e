package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.StoredImage;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.random.KeyedRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Images in an order that a seed fixes, pass after pass, each in another order: a stream that is
 * the same for everyone who learns from it.
 */
public final class ShuffledImages {
  private final List<StoredImage> images;
  private final long seed;
  private long pass = -1;
  private int[] order = {};

  /**
   * @throws IllegalArgumentException when there are no images
   */
  public ShuffledImages(List<StoredImage> images, long seed) {
    if (images.isEmpty()) {
      throw new IllegalArgumentException("0 images: expected one or more");
    }
    this.images = List.copyOf(images);
    this.seed = seed;
  }

  /** Images of one pass. */
  public int size() {
    return images.size();
  }

  /** The first images of the stream, at most one pass. */
  public List<PixelImage> first(int n) {
    return batch(0, Math.min(n, size())).images();
  }

  /**
   * A batch, in whatever order they are asked for.
   *
   * @param step the batch's number from 0 on
   * @param size images in each
   */
  public ImageBatch batch(long step, int size) {
    var batch = new ArrayList<IdentifiedImage>(size);
    for (long at = step * size; at < (step + 1) * size; at++) {
      batch.add(images.get(order(at / size())[(int) (at % size())]).decoded());
    }
    return new ImageBatch(step, batch);
  }

  private int[] order(long wanted) {
    if (wanted != pass) {
      order = KeyedRandom.of(seed, "stream.order", wanted, 0).permutation(images.size());
      pass = wanted;
    }
    return order;
  }
}
