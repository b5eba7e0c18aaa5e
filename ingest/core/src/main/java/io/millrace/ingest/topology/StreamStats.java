package io.millrace.ingest.topology;

import io.millrace.ingest.decode.RejectionReason;
import java.util.EnumMap;
import java.util.Map;

/**
 * What came from one source in one window, as on stream.stats. A later record of the same source
 * and window replaces an earlier one.
 *
 * @param source {@code ce_source}
 * @param windowStart milliseconds since the epoch, by the clock of ingest
 * @param windowEnd likewise; not in the window any more
 * @param accepted images that passed
 * @param rejected images that did not, by reason
 * @param forgotten tombstones
 * @param acceptedBytes encoded bytes of the accepted
 * @param rejectedBytes encoded bytes of the rejected
 * @param largestBytes encoded size of the largest image, accepted or not
 * @param acceptedPixels pixels of the accepted
 * @param shortestSide shortest side among the accepted, in pixels; 0 where there are none
 * @param longestSide longest side among them
 */
public record StreamStats(
    String source,
    long windowStart,
    long windowEnd,
    long accepted,
    Map<RejectionReason, Long> rejected,
    long forgotten,
    long acceptedBytes,
    long rejectedBytes,
    long largestBytes,
    long acceptedPixels,
    int shortestSide,
    int longestSide) {
  public StreamStats {
    rejected = Map.copyOf(rejected);
  }

  /** Nothing yet, in no window. */
  static StreamStats none(String source) {
    return new StreamStats(source, 0, 0, 0, Map.of(), 0, 0, 0, 0, 0, 0, 0);
  }

  /** One record. */
  static StreamStats of(String source, ValidatedImage validated) {
    if (validated.isTombstone()) {
      return new StreamStats(source, 0, 0, 0, Map.of(), 1, 0, 0, 0, 0, 0, 0);
    }
    RejectionReason reason = validated.reason();
    if (reason != null) {
      return new StreamStats(
          source, 0, 0, 0, Map.of(reason, 1L), 0, 0, validated.size(), validated.size(), 0, 0, 0);
    }
    return new StreamStats(
        source,
        0,
        0,
        1,
        Map.of(),
        0,
        validated.size(),
        0,
        validated.size(),
        (long) validated.width() * validated.height(),
        Math.min(validated.width(), validated.height()),
        Math.max(validated.width(), validated.height()));
  }

  /** Both together, in this one's window. */
  StreamStats plus(StreamStats other) {
    return new StreamStats(
        source,
        windowStart,
        windowEnd,
        accepted + other.accepted,
        sum(rejected, other.rejected),
        forgotten + other.forgotten,
        acceptedBytes + other.acceptedBytes,
        rejectedBytes + other.rejectedBytes,
        Math.max(largestBytes, other.largestBytes),
        acceptedPixels + other.acceptedPixels,
        shortest(shortestSide, other.shortestSide),
        Math.max(longestSide, other.longestSide));
  }

  private static int shortest(int a, int b) {
    return a == 0 ? b : b == 0 ? a : Math.min(a, b);
  }

  private static Map<RejectionReason, Long> sum(
      Map<RejectionReason, Long> a, Map<RejectionReason, Long> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() ? b : a;
    }
    Map<RejectionReason, Long> sum = new EnumMap<>(a);
    b.forEach((reason, count) -> sum.merge(reason, count, Long::sum));
    return sum;
  }

  /** The same in a window. */
  StreamStats in(long start, long end) {
    return new StreamStats(
        source,
        start,
        end,
        accepted,
        rejected,
        forgotten,
        acceptedBytes,
        rejectedBytes,
        largestBytes,
        acceptedPixels,
        shortestSide,
        longestSide);
  }
}
