package io.millrace.ops.explore;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The newest embeddings of the newest two versions, so many of each at most. */
public final class RecentEmbeddings {
  private static final int VERSIONS = 2;
  private static final double NEARLY = 0.8;

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
   * @param vector unit length; belongs to this from now on
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

  /**
   * The image was forgotten, or the version retired.
   *
   * @return whether it was forgotten: what retires is never the newest version
   */
  public synchronized boolean remove(long version, String id) {
    boolean newest = versions.isEmpty() || version >= versions.lastKey();
    Map<String, float[]> of = versions.get(version);
    if (of != null) {
      of.remove(id);
      if (of.isEmpty()) {
        versions.remove(version);
      }
    }
    return newest;
  }

  /**
   * Vectors of one version: the newest that has nearly as many as the one before it; a refresh
   * under way is not shown until it has caught up.
   */
  public synchronized Sample sample() {
    long best = 0;
    int most = 0;
    for (Map.Entry<Long, Map<String, float[]>> e : versions.entrySet()) {
      if (e.getValue().size() >= NEARLY * most) {
        best = e.getKey();
        most = e.getValue().size();
      }
    }
    Map<String, float[]> of = versions.get(best);
    return new Sample(best, of == null ? Map.of() : Map.copyOf(of));
  }

  /**
   * Vectors of one version.
   *
   * @param version 0 before the first
   * @param vectors by image id; not to be written to
   */
  public record Sample(long version, Map<String, float[]> vectors) {}
}
