package io.millrace.ingest.source;

/**
 * A random order of 0 … count − 1 that takes no memory: a Feistel network over the next even power
 * of two, walked until it falls below the count (Black, Rogaway 2002, "Ciphers with arbitrary
 * finite domains").
 */
final class ShuffledOrder {
  /** What a source without end is shuffled within: clips are torn apart, drift is not. */
  static final long BLOCK = 8192;

  private static final int ROUNDS = 6;

  private final long seed;
  private final long count;
  private final int halfBits;

  ShuffledOrder(long seed, long count) {
    if (count < 1 || count > 1L << 62 && count != ImageSet.UNBOUNDED) {
      throw new IllegalArgumentException("count is " + count + ": expected 1 to 2⁶² or no end");
    }
    this.seed = seed;
    this.count = count;
    int bits = 64 - Long.numberOfLeadingZeros(count - 1);
    this.halfBits = Math.max(1, (bits + 1) / 2);
  }

  /** The image at a place in the order. */
  long indexOf(long ordinal) {
    if (count == ImageSet.UNBOUNDED) {
      long block = ordinal / BLOCK;
      long seedOfBlock = new SplitMix64(seed, block).nextLong();
      return block * BLOCK + new ShuffledOrder(seedOfBlock, BLOCK).indexOf(ordinal % BLOCK);
    }
    long index = ordinal;
    do {
      index = permute(index);
    } while (index >= count);
    return index;
  }

  private long permute(long value) {
    long mask = (1L << halfBits) - 1;
    long left = value >>> halfBits;
    long right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (new SplitMix64(seed, count, round, right).nextLong() & mask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }
}
