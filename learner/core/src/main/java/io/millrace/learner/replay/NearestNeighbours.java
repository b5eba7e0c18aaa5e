package io.millrace.learner.replay;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The nearest neighbour of every vector of a changing set, by dot product. Exact: what it answers
 * is a function of the vectors, whatever the order of changes. Rows of similarities are computed
 * only for vectors that changed or lost their neighbour, when somebody asks.
 */
final class NearestNeighbours {
  private static final int NONE = -1;

  private final Map<Long, Integer> slots = new HashMap<>();
  private final Deque<Integer> free = new ArrayDeque<>();
  // By dimension, then slot: the inner loop runs over slots, which the JVM makes vector code of.
  private float[][] columns = new float[0][];
  private long[] orders = new long[0];
  private int[] nearest = new int[0];
  private float[] similarity = new float[0];
  private boolean[] dirty = new boolean[0];
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
    dirty[slot] = true;
    lostNeighbour(slot);
  }

  /** Takes the vector of this number out, if there is one. */
  void remove(long order) {
    Integer slot = slots.remove(order);
    if (slot == null) {
      return;
    }
    orders[slot] = NONE;
    dirty[slot] = false;
    free.push(slot);
    lostNeighbour(slot);
  }

  /** Number of the vector whose neighbour is nearest, the lower of such two; -1 of no vectors. */
  long mostRedundant() {
    refresh();
    int best = NONE;
    for (int i = 0; i < used; i++) {
      if (orders[i] != NONE
          && (best == NONE
              || similarity[i] > similarity[best]
              || (similarity[i] == similarity[best] && orders[i] < orders[best]))) {
        best = i;
      }
    }
    return best == NONE ? NONE : orders[best];
  }

  /** Mean of the similarities to the nearest neighbours; NaN with fewer than two vectors. */
  double meanSimilarity() {
    if (slots.size() < 2) {
      return Double.NaN;
    }
    refresh();
    double sum = 0;
    for (int i = 0; i < used; i++) {
      sum += orders[i] == NONE ? 0 : similarity[i];
    }
    return sum / slots.size();
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
    nearest[slot] = NONE;
    return slot;
  }

  private void grow(int capacity) {
    for (int k = 0; k < columns.length; k++) {
      columns[k] = Arrays.copyOf(columns[k], capacity);
    }
    orders = Arrays.copyOf(orders, capacity);
    nearest = Arrays.copyOf(nearest, capacity);
    similarity = Arrays.copyOf(similarity, capacity);
    dirty = Arrays.copyOf(dirty, capacity);
  }

  private void lostNeighbour(int slot) {
    for (int i = 0; i < used; i++) {
      if (nearest[i] == slot && orders[i] != NONE) {
        nearest[i] = NONE;
        dirty[i] = true;
      }
    }
  }

  private void refresh() {
    float[] row = new float[used];
    for (int i = 0; i < used; i++) {
      if (dirty[i]) {
        similarities(i, row);
        nearest[i] = NONE;
        similarity[i] = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < used; j++) {
          if (j != i && orders[j] != NONE) {
            offer(i, j, row[j]);
            if (!dirty[j]) {
              offer(j, i, row[j]);
            }
          }
        }
      }
    }
    Arrays.fill(dirty, 0, used, false);
  }

  /** Takes j as i's neighbour where it is nearer, or as near and of the lower number. */
  private void offer(int i, int j, float similar) {
    int now = nearest[i];
    if (now == NONE
        || similar > similarity[i]
        || (similar == similarity[i] && orders[j] < orders[now])) {
      nearest[i] = j;
      similarity[i] = similar;
    }
  }

  private void similarities(int i, float[] row) {
    Arrays.fill(row, 0);
    for (float[] column : columns) {
      float x = column[i];
      for (int j = 0; j < row.length; j++) {
        row[j] += x * column[j];
      }
    }
  }

  /** For tests: the number of a vector's neighbour. */
  @Nullable Long neighbour(long order) {
    refresh();
    Integer slot = slots.get(order);
    return slot == null || nearest[slot] == NONE ? null : orders[nearest[slot]];
  }
}
