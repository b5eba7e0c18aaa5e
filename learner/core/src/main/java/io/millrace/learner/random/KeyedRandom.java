package io.millrace.learner.random;

import java.nio.charset.StandardCharsets;

/**
 * Chance as a function of names: a stream of draws keyed by (seed, purpose, key, index), so that a
 * restart, another engine or another order of work draws the same numbers.
 *
 * <p>Keys are folded with the SplitMix64 finalizer and the stream is SplitMix64 itself (Steele,
 * Lea, Flood 2014, "Fast splittable pseudorandom number generators").
 */
public final class KeyedRandom {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  private KeyedRandom(long state) {
    this.state = state;
  }

  /**
   * The stream of draws for one purpose.
   *
   * @param seed the run's seed
   * @param purpose what the draws are for, such as {@code views}
   * @param key image id, step or other name of the thing drawn for
   * @param index which of several streams for that thing
   */
  public static KeyedRandom of(long seed, String purpose, String key, long index) {
    return new KeyedRandom(mix(mix(mix(mix(seed) ^ hash(purpose)) ^ hash(key)) ^ (index + GOLDEN)));
  }

  /** The stream of draws for one purpose and a numbered thing, such as a step. */
  public static KeyedRandom of(long seed, String purpose, long key, long index) {
    return new KeyedRandom(
        mix(mix(mix(mix(seed) ^ hash(purpose)) ^ mix(key + GOLDEN)) ^ (index + GOLDEN)));
  }

  /** 64 random bits. */
  public long nextLong() {
    state += GOLDEN;
    return mix(state);
  }

  /** Uniform in [0, 1), 53 bits. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Uniform in [from, to). */
  public double uniform(double from, double to) {
    return from + (to - from) * nextDouble();
  }

  /** Uniform in {0, …, bound − 1}; the bias of the reduction is under 2⁻³². */
  public int nextInt(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound is " + bound + ": expected 1 or more");
    }
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /** Standard normal, by the Box–Muller transform; two draws each. */
  public double nextGaussian() {
    double u = 1.0 - nextDouble();
    return StrictMath.sqrt(-2.0 * StrictMath.log(u)) * StrictMath.cos(2.0 * Math.PI * nextDouble());
  }

  /** A uniform order of 0 … n−1 (Fisher–Yates). */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static long hash(String text) {
    long h = 0xCBF29CE484222325L; // FNV-1a, 64 bits
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      h = (h ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return h;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
