package io.millrace.ops.explore;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A place for a vector that a layout knows nothing of: the mean of its nearest neighbors' places,
 * weighted by 1 ÷ (1 − cosine). So a vector that is there already gets its own place.
 *
 * @param at [x, y]
 * @param neighbors images whose places it is the mean of; 0 where none has one
 */
record NeighborMean(float[] at, int neighbors) {
  /** As many as the layout was made with. */
  static final int NEIGHBORS = 15;

  /** Below this distance two vectors are one. */
  private static final double EQUAL = 1e-6;

  /**
   * @param places [x, y] by image id
   * @param vector [features], unit length, of the sample's version
   */
  static NeighborMean of(EmbeddingSample.Cut sample, Map<String, float[]> places, float[] vector) {
    double[] distances =
        sample.vectors().stream()
            .mapToDouble(v -> Math.max(EQUAL, 1 - Cosine.of(vector, v)))
            .toArray();
    List<Integer> nearest =
        IntStream.range(0, distances.length)
            .filter(i -> places.containsKey(sample.images().get(i).id()))
            .boxed()
            .sorted(Comparator.comparingDouble(i -> distances[i]))
            .limit(NEIGHBORS)
            .toList();
    double weights = 0;
    double[] sum = new double[2];
    for (int i : nearest) {
      float[] place = places.get(sample.images().get(i).id());
      weights += 1 / distances[i];
      sum[0] += place[0] / distances[i];
      sum[1] += place[1] / distances[i];
    }
    return new NeighborMean(
        new float[] {(float) (sum[0] / weights), (float) (sum[1] / weights)}, nearest.size());
  }
}
