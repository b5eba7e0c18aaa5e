package io.millrace.ingest.source;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Files of a source that are not published.
 *
 * @param noImages those whose names are not those of images
 * @param undecodable images of kinds that ingest would reject, by the end of their names
 * @param examples paths of some of both
 */
public record SkippedFiles(long noImages, Map<String, Long> undecodable, List<String> examples) {
  /** None. */
  public static final SkippedFiles NONE = new SkippedFiles(0, Map.of(), List.of());

  public SkippedFiles {
    undecodable = new TreeMap<>(undecodable);
    examples = List.copyOf(examples);
  }

  /** All of them. */
  public long count() {
    return noImages + undecodable.values().stream().mapToLong(n -> n).sum();
  }
}
