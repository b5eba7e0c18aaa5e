package io.millrace.learner.replay;

import io.millrace.learner.random.KeyedRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps as many images of each kind as of any other, without labels: a group's centroid is the mean
 * feature of its members, an image that was just seen joins the nearest group (or starts one while
 * there are free ones), and a member of the largest group goes, drawn uniformly. Only images that
 * the representation has seen may go; where it has seen none, a newcomer is turned away.
 */
final class CentroidBalance implements ReplayPolicy {
  private final int groups;

  CentroidBalance(int groups) {
    this.groups = groups;
  }

  @Override
  public boolean admits(List<ReplayEntry> kept, boolean full, long offered, KeyedRandom random) {
    return !full || kept.stream().anyMatch(entry -> entry.group() >= 0);
  }

  @Override
  public int victim(List<ReplayEntry> kept, KeyedRandom random) {
    int[] sizes = new int[groups];
    kept.stream().filter(e -> e.group() >= 0).forEach(e -> sizes[e.group()]++);
    int largest = 0;
    for (int g = 1; g < groups; g++) {
      largest = sizes[g] > sizes[largest] ? g : largest;
    }
    if (sizes[largest] == 0) {
      return 0;
    }
    int member = random.nextInt(sizes[largest]);
    for (int i = 0; ; i++) {
      if (kept.get(i).group() == largest && member-- == 0) {
        return i;
      }
    }
  }

  @Override
  public boolean wantsFeatures() {
    return true;
  }

  @Override
  public int[] groups(List<ReplayEntry> kept, List<float[]> features) {
    double[][] sums = new double[groups][];
    for (ReplayEntry entry : kept) {
      float[] feature = entry.feature();
      if (entry.group() >= 0 && feature != null) {
        add(sums, entry.group(), feature);
      }
    }
    var free = new ArrayList<Integer>();
    for (int g = 0; g < groups; g++) {
      if (sums[g] == null) {
        free.add(g);
      }
    }
    int[] chosen = new int[features.size()];
    for (int i = 0; i < chosen.length; i++) {
      float[] feature = features.get(i);
      if (free.isEmpty()) {
        chosen[i] = nearest(sums, feature);
      } else {
        chosen[i] = free.remove(0);
        add(sums, chosen[i], feature);
      }
    }
    return chosen;
  }

  private static void add(double[][] sums, int group, float[] feature) {
    if (sums[group] == null) {
      sums[group] = new double[feature.length];
    }
    for (int k = 0; k < feature.length; k++) {
      sums[group][k] += feature[k];
    }
  }

  /** By the cosine between feature and mean; lengths of sums and means point the same way. */
  private static int nearest(double[][] sums, float[] feature) {
    int best = 0;
    double highest = Double.NEGATIVE_INFINITY;
    for (int g = 0; g < sums.length; g++) {
      double dot = 0;
      for (int k = 0; k < feature.length; k++) {
        dot += sums[g][k] * feature[k];
      }
      double norm = Math.sqrt(Arrays.stream(sums[g]).map(v -> v * v).sum());
      double cosine = norm == 0 ? 0 : dot / norm;
      if (cosine > highest) {
        highest = cosine;
        best = g;
      }
    }
    return best;
  }
}
