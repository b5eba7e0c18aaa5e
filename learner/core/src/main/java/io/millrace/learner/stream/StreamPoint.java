package io.millrace.learner.stream;

import io.millrace.learner.evaluate.ProbeMetrics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A measurement on the way.
 *
 * @param images images of the stream seen
 * @param updates updates made
 * @param seconds time of learning, measuring not counted
 * @param loss mean loss since the point before; NaN before the first update
 * @param probes accuracies in percent; null without labels
 * @param knnByTask kNN among the classes of each task, in percent; empty without tasks
 * @param monitors metrics without labels, by name
 */
public record StreamPoint(
    long images,
    long updates,
    double seconds,
    double loss,
    @Nullable ProbeMetrics probes,
    List<Double> knnByTask,
    Map<String, Double> monitors) {
  public StreamPoint {
    knnByTask = List.copyOf(knnByTask);
    monitors = new TreeMap<>(monitors);
  }
}
