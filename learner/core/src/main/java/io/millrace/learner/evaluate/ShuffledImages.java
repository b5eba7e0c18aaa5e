package io.millrace.learner.evaluate;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.random.Chance;
import java.util.ArrayList;
import java.util.List;

/**
 * Images in an order that a seed fixes, pass after pass, each in another order: a stream that is
 * the same for everyone who learns from it.
 */
public final class ShuffledImages {
  private final List<String> ids;
  private final List<PixelImage> images;
  private final long seed;
  private long pass = -1;
  private int[] order = {};

  /**
   * @param ids one for each image, for chance
   * @throws IllegalArgumentException when there are none, or not as many ids
   */
  public ShuffledImages(List<String> ids, List<PixelImage> images, long seed) {
    if (images.isEmpty() || ids.size() != images.size()) {
      throw new IllegalArgumentException(
          images.size() + " images with " + ids.size() + " ids: expected one each, one or more");
    }
    this.ids = List.copyOf(ids);
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
    var theIds = new ArrayList<String>(size);
    var theImages = new ArrayList<PixelImage>(size);
    for (long at = step * size; at < (step + 1) * size; at++) {
      int index = order(at / size())[(int) (at % size())];
      theIds.add(ids.get(index));
      theImages.add(images.get(index));
    }
    return new ImageBatch(step, theIds, theImages);
  }

  private int[] order(long wanted) {
    if (wanted != pass) {
      order = Chance.of(seed, "stream.order", wanted, 0).permutation(images.size());
      pass = wanted;
    }
    return order;
  }
}
