package io.millrace.learner.augment.task;

import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import java.util.List;

/**
 * Normal noise, then masking noise, on normalized views (Vincent et al. 2008, section 2.3; whole
 * pixels are masked where the paper masks single values: ours). Drawn on the host for each image by
 * (seed, id, step).
 */
public record PixelNoise(NoiseSettings settings) {
  private static final int CHANNELS = 3;

  /**
   * Noisy copies.
   *
   * @param views [images, 3, height, width], one view of each image, normalized
   * @param ids the images' ids
   * @return a tensor of the same shape; the caller's scope takes it up
   */
  public Tensor of(Engine engine, Tensor views, List<String> ids, long step, long seed) {
    int pixels = (int) (views.size(2) * views.size(3));
    float[] added = new float[ids.size() * CHANNELS * pixels];
    float[] kept = new float[ids.size() * pixels];
    for (int i = 0; i < ids.size(); i++) {
      KeyedRandom random = KeyedRandom.of(seed, "views.noise", ids.get(i), step);
      for (int p = 0; p < CHANNELS * pixels && settings.gaussian() > 0; p++) {
        added[i * CHANNELS * pixels + p] = (float) (settings.gaussian() * random.nextGaussian());
      }
      for (int p = 0; p < pixels; p++) {
        kept[i * pixels + p] = random.nextDouble() < settings.masked() ? 0 : 1;
      }
    }
    return views
        .add(engine.tensor(added, views.shape()))
        .mul(engine.tensor(kept, ids.size(), 1, views.size(2), views.size(3)));
  }
}
