package io.millrace.learner.replay;

import io.millrace.learner.random.KeyedRandom;
import java.util.List;

/**
 * Keeps images that differ: the one goes whose nearest neighbor in feature space is closest, of
 * such a pair the older (Purushwalkam et al. 2022, "The challenges of continuous self-supervised
 * learning"). Only images that the representation has seen may go; where it has seen none, a
 * newcomer is turned away.
 */
final class MinimumRedundancy implements ReplayPolicy {
  /** Entries that the mean similarity is taken over. */
  private static final int SAMPLE = 256;

  private final NearestNeighbors neighbors = new NearestNeighbors();

  @Override
  public boolean admits(List<ReplayEntry> kept, boolean full, long offered, KeyedRandom random) {
    return !full || neighbors.size() > 0;
  }

  @Override
  public int victim(List<ReplayEntry> kept, KeyedRandom random) {
    long order = neighbors.mostRedundant();
    return order < 0 ? 0 : index(kept, order);
  }

  /** Entries come in order, so it is found by bisection. */
  private static int index(List<ReplayEntry> kept, long order) {
    int low = 0;
    int high = kept.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long there = kept.get(middle).order();
      if (there == order) {
        return middle;
      } else if (there < order) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    throw new IllegalStateException("no entry of order " + order);
  }

  @Override
  public boolean wantsFeatures() {
    return true;
  }

  @Override
  public void noted(ReplayEntry entry) {
    float[] feature = entry.feature();
    if (feature != null) {
      neighbors.put(entry.order(), feature);
    }
  }

  @Override
  public void left(ReplayEntry entry) {
    neighbors.remove(entry.order());
  }

  @Override
  public double meanNearestSimilarity() {
    return neighbors.meanSimilarity(SAMPLE);
  }
}
