package io.millrace.serving.kafka;

import org.jspecify.annotations.Nullable;

/**
 * What the serving role is doing, for people.
 *
 * @param model model served
 * @param liveVersion the version that serves; null before the first refresh is complete
 * @param refresh the refresh under way; null when there is none
 * @param embedded embeddings this process has published
 * @param forgotten tombstones of images this process has passed on
 * @param unembeddable images this process could not embed
 * @param imagesPerSecond embeddings published per second, lately
 * @param lag accepted records that the live version (or, before there is one, the first refresh)
 *     has not read, over this process's partitions
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
   * A refresh over all serving processes.
   *
   * @param version the version that fills
   * @param partitions partitions of images.accepted
   * @param complete how many of them have reached their end
   * @param done offsets passed
   * @param total offsets to pass
   */
  public record Refresh(long version, int partitions, int complete, long done, long total) {
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
