package io.millrace.serving.kafka;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What search is doing, for people.
 *
 * @param version the version that searches run against; null before one is complete
 * @param images images that a search can find
 * @param lag records to read until the version's index has caught up
 * @param imagesByVersion images of each index that is kept, by version
 */
public record SearchStatus(
    @Nullable Long version, long images, long lag, Map<Long, Integer> imagesByVersion) {
  public SearchStatus {
    imagesByVersion = Map.copyOf(imagesByVersion);
  }

  /** Before anything has happened. */
  static SearchStatus waiting() {
    return new SearchStatus(null, 0, 0, Map.of());
  }
}
