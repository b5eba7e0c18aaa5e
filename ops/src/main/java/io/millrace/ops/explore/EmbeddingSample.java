package io.millrace.ops.explore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A uniform sample of the images whose embeddings were read: those whose ids hash lowest, so many
 * at most. It is the same images for every version, and an image that is embedded again takes no
 * second place. Holds the newest two versions.
 */
public final class EmbeddingSample {
  private static final int VERSIONS = 2;
  private static final double NEARLY = 0.8;

  private final int capacity;
  private final NavigableMap<Rank, Sampled> images = new TreeMap<>();
  private final TreeMap<Long, Integer> versions = new TreeMap<>();

  /**
   * @param capacity images to keep
   */
  public EmbeddingSample(int capacity) {
    this.capacity = capacity;
  }

  int capacity() {
    return capacity;
  }

  /**
   * Takes an embedding.
   *
   * @param vector unit length; not to be written to afterwards
   */
  public synchronized void put(long version, EmbeddedImage image, float[] vector) {
    if (versions.size() == VERSIONS && version < versions.firstKey()) {
      return;
    }
    Rank rank = Rank.of(image.id());
    Sampled there = images.get(rank);
    if (there == null && images.size() == capacity && rank.compareTo(images.lastKey()) > 0) {
      return;
    }
    TreeMap<Long, float[]> vectors = there == null ? new TreeMap<>() : there.vectors();
    if (vectors.put(version, vector) == null) {
      versions.merge(version, 1, Integer::sum);
    }
    images.put(rank, new Sampled(image, vectors));
    if (images.size() > capacity) {
      forget(images.lastKey());
    }
    if (versions.size() > VERSIONS) {
      retire(versions.firstKey());
    }
  }

  /** The image was forgotten: every version loses it. */
  public synchronized void remove(String id) {
    forget(Rank.of(id));
  }

  /** The image's embedding of one version is gone, as that was retired. */
  public synchronized void remove(long version, String id) {
    Rank rank = Rank.of(id);
    Sampled there = images.get(rank);
    if (there != null && there.vectors().containsKey(version)) {
      drop(rank, there, version);
    }
  }

  private void forget(Rank rank) {
    Sampled gone = images.remove(rank);
    if (gone != null) {
      gone.vectors().keySet().forEach(this::lose);
    }
  }

  private void retire(long version) {
    new ArrayList<>(images.entrySet())
        .forEach(
            e -> {
              if (e.getValue().vectors().containsKey(version)) {
                drop(e.getKey(), e.getValue(), version);
              }
            });
  }

  private void drop(Rank rank, Sampled of, long version) {
    of.vectors().remove(version);
    lose(version);
    if (of.vectors().isEmpty()) {
      images.remove(rank);
    }
  }

  private void lose(long version) {
    versions.computeIfPresent(version, (v, count) -> count == 1 ? null : count - 1);
  }

  /** What is known of an image; null where it is not in the sample. */
  synchronized @Nullable EmbeddedImage image(String id) {
    Sampled there = images.get(Rank.of(id));
    return there == null ? null : there.image();
  }

  /** The versions that there are embeddings of, the older one first. */
  synchronized List<Long> versions() {
    return List.copyOf(versions.keySet());
  }

  /**
   * The newest version that has nearly as many images as the other; a refresh under way is not
   * shown until it has caught up.
   */
  synchronized Cut newest() {
    long best = 0;
    int most = 0;
    for (Map.Entry<Long, Integer> version : versions.entrySet()) {
      if (version.getValue() >= NEARLY * most) {
        best = version.getKey();
        most = version.getValue();
      }
    }
    return of(best);
  }

  /** The sample as one version embeds it. */
  synchronized Cut of(long version) {
    var some = new ArrayList<EmbeddedImage>();
    var vectors = new ArrayList<float[]>();
    for (Sampled sampled : images.values()) {
      float[] vector = sampled.vectors().get(version);
      if (vector != null && (vectors.isEmpty() || vector.length == vectors.get(0).length)) {
        some.add(sampled.image());
        vectors.add(vector);
      }
    }
    return new Cut(version, List.copyOf(some), List.copyOf(vectors));
  }

  private record Sampled(EmbeddedImage image, TreeMap<Long, float[]> vectors) {}

  /** The order in which images are kept: that of a hash, so that none is favored. */
  private record Rank(long hash, String id) implements Comparable<Rank> {
    static Rank of(String id) {
      // The finalizer of SplitMix64: hash codes of like ids lie together, these do not.
      long h = id.hashCode() * 0x9E3779B97F4A7C15L;
      h = (h ^ h >>> 30) * 0xBF58476D1CE4E5B9L;
      h = (h ^ h >>> 27) * 0x94D049BB133111EBL;
      return new Rank(h ^ h >>> 31, id);
    }

    @Override
    public int compareTo(Rank other) {
      int byHash = Long.compareUnsigned(hash, other.hash);
      return byHash != 0 ? byHash : id.compareTo(other.id);
    }
  }

  /**
   * Images and their vectors by one version, in an order that stays.
   *
   * @param version 0 before the first
   * @param vectors of one length, one for each image; not to be written to
   */
  record Cut(long version, List<EmbeddedImage> images, List<float[]> vectors) {
    /** An image's vector; null where it is not here. */
    float @Nullable [] vector(String id) {
      for (int i = 0; i < images.size(); i++) {
        if (images.get(i).id().equals(id)) {
          return vectors.get(i);
        }
      }
      return null;
    }
  }
}
