package io.millrace.ingest.feed;

import java.util.Arrays;

/**
 * Content hashes (first 8 bytes of the SHA-256, big-endian) ingested recently, oldest first. A
 * value: windows share one array that only grows behind the end of each, so that a new one costs
 * nothing.
 */
public final class HashWindow {
  /** No hashes. */
  public static final HashWindow EMPTY = new HashWindow(new long[0]);

  private final long[] shared;
  private final int from;
  private final int to;

  /**
   * @param hashes oldest first; belongs to this object
   */
  public HashWindow(long[] hashes) {
    this(hashes, 0, hashes.length);
  }

  /** The hashes {@code shared[from, to)}; nobody may write to these again. */
  HashWindow(long[] shared, int from, int to) {
    this.shared = shared;
    this.from = from;
    this.to = to;
  }

  /** Oldest first; a copy. */
  public long[] hashes() {
    return Arrays.copyOfRange(shared, from, to);
  }

  /** How many hashes it holds. */
  public int size() {
    return to - from;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HashWindow w && Arrays.equals(shared, from, to, w.shared, w.from, w.to);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + Long.hashCode(shared[i]);
    }
    return hash;
  }

  @Override
  public String toString() {
    return size() + " hashes";
  }
}
