package io.millrace.ingest.decode;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/**
 * What an image may cost before it is refused. All but the time limit are checked before any pixel
 * is made.
 */
public record DecodeLimits(
    @Doc("encoded size in bytes; keep it 64 KiB under the broker's message limit")
        @Range(min = 1, max = Integer.MAX_VALUE - 8)
        int maxBytes,
    @Doc("shortest side allowed, in pixels") @Range(min = 1, max = 65_535) int minSide,
    @Doc("longest side allowed, in pixels; no shorter than minSide") @Range(min = 1, max = 65_535)
        int maxSide,
    @Doc("width × height allowed") @Range(min = 1, max = LARGEST_ARRAY_PIXELS) long maxPixels,
    @Doc("scans of a JPEG file allowed (a progressive one has about ten)")
        @Range(min = 1, max = 10_000)
        int maxScans,
    @Doc("processor time a decode may take before its reader is aborted")
        @DurationRange(min = "PT0.001S", max = "PT1H")
        Duration timeLimit,
    @Doc(
            "time by the clock it may take, however busy the machine is: a far bound, no shorter "
                + "than timeLimit")
        @DurationRange(min = "PT0.001S", max = "PT1H")
        Duration wallLimit,
    @Doc(
            "images of at most this many pixels are decoded on the caller's thread, larger "
                + "ones on a thread that can be given up; 0 gives up the speed and never trusts "
                + "the caller's")
        @Range(min = 0, max = LARGEST_ARRAY_PIXELS)
        long inlinePixels,
    @Doc(
            "decoding threads that may be lost to readers that ignore their abort before "
                + "the process should be started again")
        @Range(min = 1, max = 1_000)
        int hungThreads) {
  private static final int LARGEST_ARRAY_PIXELS = (Integer.MAX_VALUE - 8) / 4;

  public DecodeLimits {
    Allowed.check(
        DecodeLimits.class,
        maxBytes,
        minSide,
        maxSide,
        maxPixels,
        maxScans,
        timeLimit,
        wallLimit,
        inlinePixels,
        hungThreads);
    if (maxSide < minSide) {
      throw new IllegalArgumentException(
          "maxSide is " + maxSide + ": expected minSide (" + minSide + ") or more");
    }
    if (wallLimit.compareTo(timeLimit) < 0) {
      throw new IllegalArgumentException(
          "wallLimit is " + wallLimit + ": expected timeLimit (" + timeLimit + ") or more");
    }
  }

  /**
   * Photographs of up to 32 megapixels in messages of up to 8 MiB; five seconds of processor time
   * each, a minute by the clock; up to 256 × 256 pixels on the caller's thread.
   */
  public static DecodeLimits defaults() {
    return new DecodeLimits(
        (8 << 20) - (64 << 10),
        8,
        16_384,
        32L << 20,
        100,
        Duration.ofSeconds(5),
        Duration.ofMinutes(1),
        256L * 256,
        4);
  }
}
