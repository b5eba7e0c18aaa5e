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

  /**
   * By the two directions of largest variance.
   *
   * @param before directions have no sign of their own: they keep those that they had there
   */
  static MapLayout pca(EmbeddingSample.Cut sample, PcaProjection directions, MapLayout before) {
    var at = new HashMap<String, float[]>();
    double[] same = new double[2];
    for (int i = 0; i < sample.images().size(); i++) {
      String id = sample.images().get(i).id();
      float[] now = directions.coordinates(sample.vectors().get(i));
      float[] then = before.at().getOrDefault(id, new float[2]);
      at.put(id, new float[] {now[0], now[1]});
      same[0] += now[0] * then[0];
      same[1] += now[1] * then[1];
    }
    for (float[] point : at.values()) {
      for (int axis = 0; axis < 2; axis++) {
        point[axis] *= same[axis] < 0 ? -1 : 1;
      }
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
    umap.setNumberNearestNeighbours(15);
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
