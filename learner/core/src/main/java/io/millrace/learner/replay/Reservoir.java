package io.millrace.learner.replay;

import io.millrace.learner.random.KeyedRandom;
import java.util.List;

/**
 * Keeps a uniform sample of everything offered: the n-th image takes a uniform place with
 * probability {@code size / n}, else it is turned away (Vitter 1985, Algorithm R). Where the byte
 * cap binds, {@code size} is the number of images that fit at that moment, and the sample is
 * uniform as far as images are of one size.
 */
final class Reservoir implements ReplayPolicy {
  @Override
  public boolean admits(List<ReplayEntry> kept, boolean full, long offered, KeyedRandom random) {
    return !full || random.nextDouble() * offered < kept.size();
  }

  @Override
  public int victim(List<ReplayEntry> kept, KeyedRandom random) {
    return random.nextInt(kept.size());
  }
}
