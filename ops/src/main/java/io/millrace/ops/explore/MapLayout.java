package io.millrace.ops.explore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where images lie on the map.
 *
 * @param version release that embedded them; 0 before any layout
 * @param at [x, y] by image id
 */
record MapLayout(long version, Map<String, float[]> at) {
  /** Share of images that may have come since before it is made anew. */
  private static final double LATER = 0.2;

  private static final int COMPONENTS = 50;

  static final MapLayout NONE = new MapLayout(0, Map.of());

  /** Whether it is of another version, or many of the images have come since. */
  boolean isStale(EmbeddingSample.Cut sample) {
    return sample.version() != version || missing(sample) > LATER * sample.images().size();
  }

  /** Images that it has no place for. */
  int missing(EmbeddingSample.Cut sample) {
    return (int) sample.images().stream().filter(image -> !at.containsKey(image.id())).count();
  }

  /** By the two directions of largest variance. */
  static MapLayout pca(EmbeddingSample.Cut sample, PcaProjection directions) {
    var at = new HashMap<String, float[]>();
    for (int i = 0; i < sample.images().size(); i++) {
      at.put(sample.images().get(i).id(), directions.coordinates(sample.vectors().get(i)));
    }
    return new MapLayout(sample.version(), at);
  }

  /**
   * By UMAP with 15 neighbors, on the first 50 principal components; the same for the same sample.
   */
  static MapLayout umap(EmbeddingSample.Cut sample) {
    PcaProjection directions = PcaProjection.of(sample.vectors(), COMPONENTS);
    List<float[]> rows = new ArrayList<>();
    sample.vectors().forEach(vector -> rows.add(directions.coordinates(vector)));
    var umap = new tagbio.umap.Umap();
    umap.setNumberComponents(2);
    umap.setNumberNearestNeighbours(NeighborMean.NEIGHBORS);
    umap.setThreads(1);
    umap.setSeed(1);
    float[][] plane = umap.fitTransform(rows.toArray(new float[0][]));
    var at = new HashMap<String, float[]>();
    for (int i = 0; i < plane.length; i++) {
      at.put(sample.images().get(i).id(), plane[i]);
    }
    return new MapLayout(sample.version(), at);
  }
}
