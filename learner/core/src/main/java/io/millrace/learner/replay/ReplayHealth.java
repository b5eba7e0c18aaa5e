package io.millrace.learner.replay;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a replay buffer is doing. Ages count images offered since; of an empty buffer, means are NaN.
 *
 * @param images images kept
 * @param bytes bytes of images as they are held, and of features
 * @param meanAge mean age
 * @param maxAge age of the oldest
 * @param meanVisits mean number of updates that drew an image from replay
 * @param maxVisits most updates that drew one image
 * @param meanNearestSimilarity mean cosine between an image's feature and its nearest neighbor's: 1
 *     = all kept twice; NaN under a policy that does not look
 */
public record ReplayHealth(
    int images,
    long bytes,
    double meanAge,
    long maxAge,
    double meanVisits,
    long maxVisits,
    double meanNearestSimilarity) {

  static ReplayHealth of(List<ReplayEntry> kept, long offered, double meanNearestSimilarity) {
    return new ReplayHealth(
        kept.size(),
        kept.stream().mapToLong(ReplayEntry::bytes).sum(),
        kept.stream().mapToLong(e -> offered - e.order()).average().orElse(Double.NaN),
        kept.stream().mapToLong(e -> offered - e.order()).max().orElse(0),
        kept.stream().mapToLong(ReplayEntry::visits).average().orElse(Double.NaN),
        kept.stream().mapToLong(ReplayEntry::visits).max().orElse(0),
        meanNearestSimilarity);
  }

  /** As monitors, by name; what is not known is skipped. */
  public Map<String, Double> metrics() {
    var metrics = new TreeMap<String, Double>();
    metrics.put("replaySize", (double) images);
    metrics.put("replayAge", meanAge);
    metrics.put("replayAgeMax", (double) maxAge);
    metrics.put("replayVisitsMean", meanVisits);
    metrics.put("replayVisitsMax", (double) maxVisits);
    metrics.put("replaySimilarity", meanNearestSimilarity);
    metrics.values().removeIf(value -> value.isNaN());
    return metrics;
  }
}
