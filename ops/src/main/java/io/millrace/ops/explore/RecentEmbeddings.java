package io.millrace.ops.explore;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The newest embeddings of the newest two versions, so many of each at most. */
public final class RecentEmbeddings {
  private static final int VERSIONS = 2;

  private final int capacity;
  private final SortedMap<Long, Map<String, float[]>> versions = new TreeMap<>();

  /**
   * @param capacity vectors to keep of a version
   */
  public RecentEmbeddings(int capacity) {
    this.capacity = capacity;
  }

  /**
   * Takes an embedding.
   *
   * @param vector unit length; not to be written to afterwards
   */
  public synchronized void put(long version, String id, float[] vector) {
    Map<String, float[]> of = versions.computeIfAbsent(version, v -> new LinkedHashMap<>());
    of.remove(id);
    of.put(id, vector);
    if (of.size() > capacity) {
      of.remove(of.keySet().iterator().next());
    }
    if (versions.size() > VERSIONS) {
      versions.remove(versions.firstKey());
    }
  }

  /** The image was forgotten, or the version retired. */
  public synchronized void remove(long version, String id) {
    Map<String, float[]> of = versions.get(version);
    if (of != null) {
      of.remove(id);
      if (of.isEmpty()) {
        versions.remove(version);
      }
    }
  }

  /** An image's embedding by a version; null where it is not kept. */
  synchronized float @Nullable [] vector(long version, String id) {
    Map<String, float[]> of = versions.get(version);
    return of == null ? null : of.get(id);
  }
}
