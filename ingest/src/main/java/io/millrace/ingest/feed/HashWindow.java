package io.millrace.ingest.feed;

import java.util.Arrays;

/** Content hashes (first 8 bytes of the SHA-256) taken in lately, oldest first. A value. */
public final class HashWindow {
  /** No hashes. */
  public static final HashWindow EMPTY = new HashWindow(new long[0]);

  private final long[] hashes;

  /**
   * @param hashes oldest first; belongs to this object
   */
  public HashWindow(long[] hashes) {
    this.hashes = hashes;
  }

  /** Oldest first; not to be written to. */
  public long[] hashes() {
    return hashes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HashWindow w && Arrays.equals(hashes, w.hashes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hashes);
  }

  @Override
  public String toString() {
    return hashes.length + " hashes";
  }
}
