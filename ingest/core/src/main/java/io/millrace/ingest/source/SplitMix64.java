package io.millrace.ingest.source;

/**
 * Random draws keyed by numbers: the SplitMix64 stream (Steele, Lea, Flood 2014, "Fast splittable
 * pseudorandom number generators") started at a hash of the key. The same on every platform.
 */
final class SplitMix64 {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  SplitMix64(long... key) {
    long h = 0;
    for (long part : key) {
      h = mix(h ^ mix(part + GOLDEN));
    }
    state = h;
  }

  long nextLong() {
    state += GOLDEN;
    return mix(state);
  }

  /** Uniform in [0, 1), 53 bits. */
  double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  double uniform(double from, double to) {
    return from + (to - from) * nextDouble();
  }

  /** Uniform in {0, …, bound − 1}. */
  int nextInt(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
