package io.millrace.learner.replay;

import io.millrace.learner.random.KeyedRandom;
import java.util.List;

/**
 * Keeps a sample of the latest {@code maxAge} images offered, for a stream that changes: a
 * reservoir until that many came; then older ones go by age, and a newcomer gets in with
 * probability {@code images / maxAge}, whether there is room or not, else the sample would lean to
 * the newest.
 */
final class AgeLimit implements ReplayPolicy {
  private final int images;
  private final long maxAge;

  AgeLimit(int images, long maxAge) {
    this.images = images;
    this.maxAge = maxAge;
  }

  @Override
  public boolean admits(List<ReplayEntry> kept, boolean full, long offered, KeyedRandom random) {
    double u = random.nextDouble();
    if (offered > maxAge) {
      return u * maxAge < (full ? kept.size() : images);
    }
    return !full || u * offered < kept.size();
  }

  @Override
  public int victim(List<ReplayEntry> kept, KeyedRandom random) {
    return random.nextInt(kept.size());
  }
}
