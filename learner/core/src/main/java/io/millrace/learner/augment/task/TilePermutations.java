package io.millrace.learner.augment.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Orders of nine tiles that differ as much as they can, found as Noroozi and Favaro (2016,
 * algorithm 1) find theirs, but without chance: from the order 0 … 8 on, the next is one whose
 * least Hamming distance to those before is largest; among those, one whose sum of distances is;
 * among those, the first by reading.
 */
public final class TilePermutations {
  /** Tiles of a puzzle. */
  public static final int TILES = 9;

  private TilePermutations() {}

  /** The first {@code count} orders; order[i] is the tile at place i. */
  public static List<int[]> of(int count) {
    long[] all = all();
    int[] least = new int[all.length];
    int[] sum = new int[all.length];
    Arrays.fill(least, TILES);
    var chosen = new ArrayList<int[]>();
    int next = 0;
    while (chosen.size() < count) {
      long latest = all[next];
      chosen.add(unpacked(latest));
      next = 0;
      for (int i = 0; i < all.length; i++) {
        int distance = distance(all[i], latest);
        least[i] = Math.min(least[i], distance);
        sum[i] += distance;
        if (least[i] > least[next] || least[i] == least[next] && sum[i] > sum[next]) {
          next = i;
        }
      }
    }
    return chosen;
  }

  /** Places at which two orders, four bits a place, hold different tiles. */
  private static int distance(long a, long b) {
    long x = a ^ b;
    x |= x >>> 2;
    x |= x >>> 1;
    return Long.bitCount(x & 0x111111111L);
  }

  /** All orders by reading, the first place in the highest four bits. */
  private static long[] all() {
    long[] out = new long[362_880];
    fill(out, 0, 0, 0, 0);
    return out;
  }

  private static int fill(long[] out, int at, long order, int used, int places) {
    if (places == TILES) {
      out[at] = order;
      return at + 1;
    }
    int next = at;
    for (int tile = 0; tile < TILES; tile++) {
      if ((used & 1 << tile) == 0) {
        next = fill(out, next, order << 4 | tile, used | 1 << tile, places + 1);
      }
    }
    return next;
  }

  private static int[] unpacked(long order) {
    int[] out = new int[TILES];
    for (int i = 0; i < TILES; i++) {
      out[i] = (int) (order >>> 4 * (TILES - 1 - i) & 0xF);
    }
    return out;
  }
}
