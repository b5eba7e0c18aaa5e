package io.millrace.ingest.feed;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** The bounded set of content hashes behind {@link HashWindow}: first in, first out. */
final class RecentHashes {
  private final int capacity;
  private final Set<Long> members = new HashSet<>();
  private long[] log;
  private int from;
  private int to;

  /**
   * @param capacity hashes kept; 0 keeps none, so that nothing is a duplicate
   * @param start what to begin with; only the newest {@code capacity} are kept
   */
  RecentHashes(int capacity, HashWindow start) {
    this.capacity = capacity;
    long[] hashes = start.hashes();
    from = Math.max(0, hashes.length - capacity);
    to = hashes.length;
    log = hashes;
    for (int i = from; i < to; i++) {
      members.add(hashes[i]);
    }
  }

  /** Adds a hash; false when it is there already, which then keeps its age. */
  boolean add(long hash) {
    if (capacity == 0) {
      return true;
    }
    if (!members.add(hash)) {
      return false;
    }
    if (to - from == capacity) {
      members.remove(log[from++]);
    }
    if (to == log.length) {
      // Older windows keep the old array: entries they show are never overwritten.
      long[] grown = Arrays.copyOf(Arrays.copyOfRange(log, from, to), 2 * (to - from) + 64);
      to -= from;
      from = 0;
      log = grown;
    }
    log[to++] = hash;
    return true;
  }

  /** The hashes now, as a value. */
  HashWindow window() {
    return to == from ? HashWindow.EMPTY : new HashWindow(log, from, to);
  }
}
