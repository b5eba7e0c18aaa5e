package io.millrace.serving.kafka;

import io.millrace.serving.client.RefreshRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the serving role is doing, for people.
 *
 * @param model model served
 * @param liveVersion the version that serves; null before the first re-embedding is complete
 * @param refresh the re-embedding under way; null when there is none
 * @param embedded embeddings this process has published
 * @param forgotten tombstones of images this process has passed on
 * @param unembeddable images this process could not embed
 * @param imagesPerSecond embeddings published per second, lately
 * @param lag accepted records that the live version (or, before there is one, the first
 *     re-embedding) has not read, over this process's partitions
 */
public record ServingStatus(
    String model,
    @Nullable Long liveVersion,
    @Nullable Refresh refresh,
    long embedded,
    long forgotten,
    long unembeddable,
    double imagesPerSecond,
    long lag) {

  /**
   * A re-embedding over all serving processes.
   *
   * @param version the version that fills
   * @param partitions partitions of images.accepted
   * @param complete how many of them have reached their end
   * @param done offsets passed
   * @param total offsets to pass
   */
  public record Refresh(long version, int partitions, int complete, long done, long total) {
    /** How far a version is, over all partitions and processes. */
    static Refresh of(long version, List<RefreshRecord> records) {
      return new Refresh(
          version,
          records.stream().mapToInt(RefreshRecord::partitions).max().orElse(0),
          (int) records.stream().filter(RefreshRecord::complete).count(),
          records.stream().mapToLong(r -> Math.min(r.position(), r.end()) - r.start()).sum(),
          records.stream().mapToLong(r -> r.end() - r.start()).sum());
    }

    /** Share of the offsets passed, 0 to 1. */
    public double share() {
      return total == 0 ? 1 : (double) done / total;
    }
  }

  /** Before anything has happened. */
  static ServingStatus waiting(String model) {
    return new ServingStatus(model, null, null, 0, 0, 0, 0, 0);
  }
}
