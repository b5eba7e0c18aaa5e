package io.millrace.ops.node;

import io.millrace.ingest.topology.StreamStats;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Sums what {@code stream.stats} says. Ingest writes a window's counts again and again while it
 * fills, exactly once in the end, so the last record of each window counts; windows long over are
 * folded together. Used by one thread.
 */
final class StreamTotals {
  /** Who is counted together once there are too many sources: a source is anybody's text. */
  static final String OTHERS = "other sources";

  private static final int OPEN_WINDOWS = 4096;
  private static final int SOURCES = 200;
  private static final int LONGEST = 200;

  private final Map<String, StreamStats> windows = new LinkedHashMap<>();
  private long accepted;
  private final Map<String, Long> rejected = new TreeMap<>();
  private final Map<String, Long> rejectedBySource = new TreeMap<>();

  /** Takes over a record: it replaces what was said of its window before. */
  void add(StreamStats stats) {
    String key = stats.windowStart() + "/" + stats.source();
    StreamStats before = windows.put(key, stats);
    if (before != null) {
      count(before, -1);
    }
    count(stats, 1);
    if (windows.size() > OPEN_WINDOWS) {
      var oldest = windows.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  private static String cut(String source) {
    return source.length() > LONGEST ? source.substring(0, LONGEST) + "…" : source;
  }

  private void count(StreamStats stats, long sign) {
    String source = cut(stats.source());
    String counted =
        rejectedBySource.containsKey(source) || rejectedBySource.size() < SOURCES ? source : OTHERS;
    accepted += sign * stats.accepted();
    stats
        .rejected()
        .forEach(
            (reason, images) -> {
              rejected.merge(reason.name(), sign * images, Long::sum);
              rejectedBySource.merge(counted, sign * images, Long::sum);
            });
  }

  /** Images that passed. */
  long accepted() {
    return accepted;
  }

  /** Images that did not, by reason; no zeros. */
  Map<String, Long> rejected() {
    return positive(rejected);
  }

  /** Images that did not, by source; no zeros. */
  Map<String, Long> rejectedBySource() {
    return positive(rejectedBySource);
  }

  private static Map<String, Long> positive(Map<String, Long> counts) {
    var out = new TreeMap<String, Long>();
    counts.forEach(
        (name, count) -> {
          if (count > 0) {
            out.put(name, count);
          }
        });
    return out;
  }
}
