package io.millrace.serving.index;

import java.time.Duration;

/**
 * How search works.
 *
 * @param enabled whether this process keeps an index at all
 * @param maxConnections neighbours of a node in the graph (HNSW's M)
 * @param beamWidth candidates kept while a node is put into the graph (HNSW's efConstruction)
 * @param candidates candidates kept while searching (HNSW's ef): more find more of the true
 *     neighbours and take longer
 * @param maxNeighbours neighbours that one search may ask for
 * @param commitEvery time between two commits to disk: what came since is read again from the topic
 *     after a crash
 * @param rebuildAfter an index on disk that is older is thrown away and built from the topic's
 *     start, because compaction may have removed tombstones it has not read; less than the
 *     embeddings topic's delete.retention.ms, which is 24 h
 */
public record SearchSettings(
    boolean enabled,
    int maxConnections,
    int beamWidth,
    int candidates,
    int maxNeighbours,
    Duration commitEvery,
    Duration rebuildAfter) {
  public SearchSettings {
    within("maxConnections", maxConnections, 4, 512);
    within("beamWidth", beamWidth, 8, 3200);
    within("candidates", candidates, 1, 10_000);
    within("maxNeighbours", maxNeighbours, 1, 10_000);
    within("commitEvery", commitEvery, Duration.ofMillis(100), Duration.ofHours(1));
    within("rebuildAfter", rebuildAfter, Duration.ofSeconds(1), Duration.ofHours(24));
  }

  /** Sixteen connections, beams of 100; commits every 10 s. */
  public static SearchSettings defaults() {
    return new SearchSettings(
        true, 16, 100, 100, 1000, Duration.ofSeconds(10), Duration.ofHours(12));
  }

  private static <T extends Comparable<T>> void within(String key, T value, T least, T most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          key + " is " + value + ": expected " + least + " to " + most);
    }
  }
}
