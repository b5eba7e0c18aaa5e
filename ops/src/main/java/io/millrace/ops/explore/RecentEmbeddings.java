package io.millrace.ops.explore;

import java.util.Collection;
import java.util.HashMap;
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
   * Vectors of some images, of one version: the newest that has nearly as many of them as any; a
   * refresh under way is not shown until it has caught up.
   */
  public synchronized Sample sample(Collection<String> ids) {
    long best = 0;
    Map<String, float[]> found = Map.of();
    for (Map.Entry<Long, Map<String, float[]>> e : versions.entrySet()) {
      var these = new HashMap<String, float[]>();
      for (String id : ids) {
        float[] vector = e.getValue().get(id);
        if (vector != null) {
          these.put(id, vector);
        }
      }
      if (these.size() >= NEARLY * found.size()) {
        best = e.getKey();
        found = these;
      }
    }
    return new Sample(found.isEmpty() ? 0 : best, Map.copyOf(found));
  }

  /**
   * Vectors of one version.
   *
   * @param version 0 before the first
   * @param vectors by image id; not to be written to
   */
  public record Sample(long version, Map<String, float[]> vectors) {}
}
