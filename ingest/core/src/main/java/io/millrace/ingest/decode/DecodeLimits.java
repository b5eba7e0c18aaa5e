package io.millrace.ingest.decode;

import java.time.Duration;

/**
 * What an image may cost before it is refused. All but the time limit are checked before any pixel
 * is made.
 *
 * @param maxBytes encoded size in bytes; keep it 64 KiB under the broker's message limit
 * @param minSide shortest side allowed, in pixels
 * @param maxSide longest side allowed, in pixels
 * @param maxPixels width × height allowed
 * @param maxScans scans of a JPEG file allowed (a progressive one has about ten)
 * @param timeLimit time a decode may take before its reader is aborted
 * @param inlinePixels images of at most this many pixels are decoded on the caller's thread, larger
 *     ones on a thread that can be given up; 0 gives up the speed and never trusts the caller's
 * @param hungThreads decoding threads that may be lost to readers that ignore their abort before
 *     the process should be started again
 */
public record DecodeLimits(
    int maxBytes,
    int minSide,
    int maxSide,
    long maxPixels,
    int maxScans,
    Duration timeLimit,
    long inlinePixels,
    int hungThreads) {
  private static final int LARGEST_ARRAY_PIXELS = (Integer.MAX_VALUE - 8) / 4;

  public DecodeLimits {
    check("maxBytes", maxBytes, 1, Integer.MAX_VALUE - 8);
    check("minSide", minSide, 1, 65_535);
    check("maxSide", maxSide, minSide, 65_535);
    check("maxPixels", maxPixels, 1, LARGEST_ARRAY_PIXELS);
    check("maxScans", maxScans, 1, 10_000);
    if (timeLimit.compareTo(Duration.ofMillis(1)) < 0
        || timeLimit.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "timeLimit is " + timeLimit + ": expected PT0.001S to PT1H");
    }
    check("inlinePixels", inlinePixels, 0, LARGEST_ARRAY_PIXELS);
    check("hungThreads", hungThreads, 1, 1_000);
  }

  /**
   * Photographs of up to 32 megapixels in messages of up to 8 MiB; five seconds each; up to 256 ×
   * 256 pixels on the caller's thread.
   */
  public static DecodeLimits defaults() {
    return new DecodeLimits(
        (8 << 20) - (64 << 10), 8, 16_384, 32L << 20, 100, Duration.ofSeconds(5), 256L * 256, 4);
  }

  private static void check(String key, long value, long from, long to) {
    if (value < from || value > to) {
      throw new IllegalArgumentException(key + " is " + value + ": expected " + from + " to " + to);
    }
  }
}
