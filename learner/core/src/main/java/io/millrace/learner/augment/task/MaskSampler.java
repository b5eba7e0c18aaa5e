package io.millrace.learner.augment.task;

import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Masks of square holes (Pathak et al. 2016, section 3.3: the center, or random blocks). Places are
 * drawn on the host for each image by (seed, id, step).
 */
public record MaskSampler(HoleSettings settings) {
  /**
   * A mask for each image.
   *
   * @param ids the images' ids
   * @param size side of a view in pixels
   * @return [images, 1, size, size], 1 in a hole and 0 elsewhere; the caller's scope takes it up
   */
  public Tensor mask(Engine engine, List<String> ids, int size, long step, long seed) {
    int side = Math.max(1, (int) Math.round(settings.side() * size));
    float[] mask = new float[ids.size() * size * size];
    for (int i = 0; i < ids.size(); i++) {
      int at = i * size * size;
      if (settings.shape() == HoleSettings.Shape.CENTER) {
        cut(mask, at, size, (size - side) / 2, (size - side) / 2, side);
        continue;
      }
      KeyedRandom random = KeyedRandom.of(seed, "views.holes", ids.get(i), step);
      for (int block = 0; block < settings.blocks(); block++) {
        int top = random.nextInt(size - side + 1);
        cut(mask, at, size, top, random.nextInt(size - side + 1), side);
      }
    }
    return engine.tensor(mask, ids.size(), 1, size, size);
  }

  /**
   * Views [N, 3, H, W] with the holes of mask [N, 1, H, W] in the mean color, 0 in normalized
   * views.
   */
  public static Tensor cut(Tensor views, Tensor mask) {
    return views.mul(mask.mul(-1).add(1));
  }

  private static void cut(float[] mask, int at, int size, int top, int left, int side) {
    for (int y = top; y < top + side; y++) {
      for (int x = left; x < left + side; x++) {
        mask[at + y * size + x] = 1;
      }
    }
  }
}
