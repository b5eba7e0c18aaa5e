package io.millrace.learner.replay;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How near the nearest neighbor of every vector of a changing set is, by dot product. Exact: what
 * it answers is a function of the vectors alone, not of the order of changes.
 *
 * <p>A vector that came or moved has its row of similarities computed once, which also tells the
 * others. One that lost its neighbor keeps its old similarity as an upper bound, and is computed
 * anew only where the bound makes it the most redundant.
 */
final class NearestNeighbors {
  private static final int NONE = -1;

  /** Rows computed together, and slots at a time: what they touch stays in the nearest cache. */
  private static final int ROWS = 8;

  private static final int TILE = 512;

  private final Map<Long, Integer> slots = new HashMap<>();
  private final Deque<Integer> free = new ArrayDeque<>();
  private final Set<Integer> pending = new LinkedHashSet<>();
  // By dimension, then slot: the inner loop runs over slots, which the JVM makes vector code of.
  private float[][] columns = new float[0][];
  private long[] orders = new long[0];
  private int[] nearest = new int[0];
  private float[] similarity = new float[0];
  private int used;

  /** Vectors in the set. */
  int size() {
    return slots.size();
  }

  /** Adds a vector of unit length under a number, or moves the one there. */
  void put(long order, float[] vector) {
    Integer there = slots.get(order);
    int slot = there == null ? take(order, vector.length) : there;
    if (vector.length != columns.length) {
      throw new IllegalArgumentException(
          "a feature of " + vector.length + " elements among features of " + columns.length);
    }
    for (int k = 0; k < vector.length; k++) {
      columns[k][slot] = vector[k];
    }
    pending.add(slot);
    lostNeighbor(slot);
  }

  /** Takes the vector of this number out, if there is one. */
  void remove(long order) {
    Integer slot = slots.remove(order);
    if (slot == null) {
      return;
    }
    orders[slot] = NONE;
    pending.remove(slot);
    free.push(slot);
    lostNeighbor(slot);
  }

  /** Number of the vector whose neighbor is nearest, the lower of such two; -1 of no vectors. */
  long mostRedundant() {
    settle();
    while (true) {
      int best = NONE;
      for (int i = 0; i < used; i++) {
        if (orders[i] != NONE
            && (best == NONE
                || similarity[i] > similarity[best]
                || (similarity[i] == similarity[best] && orders[i] < orders[best]))) {
          best = i;
        }
      }
      if (best == NONE) {
        return NONE;
      }
      if (nearest[best] != NONE || slots.size() == 1) {
        return orders[best];
      }
      compute(List.of(best));
    }
  }

  /** Similarity of a vector to its nearest neighbor; -∞ where it is alone. */
  float similarity(long order) {
    settle();
    int slot = slots.get(order);
    if (nearest[slot] == NONE) {
      compute(List.of(slot));
    }
    return similarity[slot];
  }

  /**
   * Mean of the similarities to the nearest neighbors, over at most so many vectors that are spread
   * evenly over the numbers; NaN with fewer than two vectors.
   */
  double meanSimilarity(int sample) {
    if (slots.size() < 2) {
      return Double.NaN;
    }
    settle();
    long[] all = slots.keySet().stream().mapToLong(Long::longValue).sorted().toArray();
    int n = Math.min(sample, all.length);
    var chosen = new ArrayList<Integer>();
    for (int i = 0; i < n; i++) {
      chosen.add(slots.get(all[(int) ((long) i * all.length / n)]));
    }
    compute(chosen.stream().filter(slot -> nearest[slot] == NONE).toList());
    return chosen.stream().mapToDouble(slot -> similarity[slot]).average().orElseThrow();
  }

  private int take(long order, int dimension) {
    if (columns.length == 0) {
      columns = new float[dimension][0];
    }
    if (free.isEmpty() && used == orders.length) {
      grow(Math.max(64, 2 * used));
    }
    int slot = free.isEmpty() ? used++ : free.pop();
    slots.put(order, slot);
    orders[slot] = order;
    return slot;
  }

  private void grow(int capacity) {
    for (int k = 0; k < columns.length; k++) {
      columns[k] = Arrays.copyOf(columns[k], capacity);
    }
    orders = Arrays.copyOf(orders, capacity);
    nearest = Arrays.copyOf(nearest, capacity);
    similarity = Arrays.copyOf(similarity, capacity);
  }

  private void lostNeighbor(int slot) {
    for (int i = 0; i < used; i++) {
      if (nearest[i] == slot) {
        nearest[i] = NONE; // its similarity is a bound from now on
      }
    }
  }

  /** Computes the rows of what came or moved. */
  private void settle() {
    var rows = new ArrayList<>(pending);
    for (int slot : rows) {
      nearest[slot] = NONE;
      similarity[slot] = Float.NEGATIVE_INFINITY;
    }
    compute(rows);
    pending.clear();
  }

  private void compute(List<Integer> rows) {
    for (int from = 0; from < rows.size(); from += ROWS) {
      List<Integer> some = rows.subList(from, Math.min(rows.size(), from + ROWS));
      float[][] products = products(some);
      for (int r = 0; r < some.size(); r++) {
        take(some.get(r), products[r]);
      }
    }
  }

  /** A row's vector finds its neighbor, and is offered to the others as theirs. */
  private void take(int i, float[] row) {
    int best = NONE;
    for (int j = 0; j < used; j++) {
      if (j == i || orders[j] == NONE) {
        continue;
      }
      if (best == NONE || row[j] > row[best]) {
        best = j;
      }
      boolean bound = nearest[j] == NONE;
      if (row[j] > similarity[j] || (bound && row[j] == similarity[j])) {
        nearest[j] = i;
        similarity[j] = row[j];
      }
    }
    nearest[i] = best;
    similarity[i] = best == NONE ? Float.NEGATIVE_INFINITY : row[best];
  }

  private float[][] products(List<Integer> rows) {
    float[][] out = new float[rows.size()][used];
    for (int from = 0; from < used; from += TILE) {
      int to = Math.min(used, from + TILE);
      for (float[] column : columns) {
        for (int r = 0; r < out.length; r++) {
          addScaled(out[r], column, column[rows.get(r)], from, to);
        }
      }
    }
    return out;
  }

  private static void addScaled(float[] sum, float[] column, float x, int from, int to) {
    for (int j = from; j < to; j++) {
      sum[j] += x * column[j];
    }
  }
}
