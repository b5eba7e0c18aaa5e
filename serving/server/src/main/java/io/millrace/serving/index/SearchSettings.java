package io.millrace.serving.index;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Range;
import java.time.Duration;

/** How search works. */
public record SearchSettings(
    @Doc("whether this process keeps an index at all") boolean enabled,
    @Doc("neighbors of a node in the graph (HNSW's M)") @Range(min = 4, max = 512)
        int maxConnections,
    @Doc("candidates kept while a node is put into the graph (HNSW's efConstruction)")
        @Range(min = 8, max = 3200)
        int beamWidth,
    @Doc(
            "candidates kept while searching (HNSW's ef): more find more of the true "
                + "neighbors and take longer")
        @Range(min = 1, max = 10_000)
        int candidates,
    @Doc("neighbors that one search may ask for") @Range(min = 1, max = 10_000) int maxNeighbors,
    @Doc(
            "time between two commits to disk; what came since is read again from the topic"
                + " after a crash")
        @DurationRange(min = "PT0.1S", max = "PT1H")
        Duration commitEvery,
    @Doc(
            "an index on disk that is older is built anew from the topic's start, because "
                + "compaction may have removed tombstones it has not read; keep it under the "
                + "embeddings topic's delete.retention.ms")
        @DurationRange(min = "PT1S", max = "PT24H")
        Duration rebuildAfter) {
  public SearchSettings {
    Allowed.check(
        SearchSettings.class,
        enabled,
        maxConnections,
        beamWidth,
        candidates,
        maxNeighbors,
        commitEvery,
        rebuildAfter);
  }

  /** Sixteen connections, beams of 100; commits every 10 s. */
  public static SearchSettings defaults() {
    return new SearchSettings(
        true, 16, 100, 100, 1000, Duration.ofSeconds(10), Duration.ofHours(12));
  }
}
