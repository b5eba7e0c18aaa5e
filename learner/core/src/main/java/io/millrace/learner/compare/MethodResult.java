package io.millrace.learner.compare;

import io.millrace.learner.evaluate.LayerMetrics;
import io.millrace.learner.evaluate.ProbeMetrics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one method came to.
 *
 * @param method its name
 * @param featureDim length of its representation
 * @param steps updates
 * @param images stream images learned from
 * @param seconds time of learning
 * @param imagesPerSecond stream images per second of learning
 * @param millisPerStep mean time of an update
 * @param lossFirst mean loss of the first updates, 20 at most
 * @param lossLast mean loss of the last updates, 20 at most
 * @param skillLast 1 − loss ÷ chance-level loss, of the last updates
 * @param untrained probes of its representation before the first update; null without labels
 * @param trained probes afterwards; null without labels
 * @param whitened probes afterwards of the PCA-whitened features, fitted on the bank's; null
 *     without labels
 * @param monitors metrics without labels, by name
 * @param curve accuracies on the way, as many as were asked for; none without labels
 * @param layers probes afterwards of each layer, where that was asked for; none without labels
 */
public record MethodResult(
    String method,
    int featureDim,
    long steps,
    long images,
    double seconds,
    double imagesPerSecond,
    double millisPerStep,
    double lossFirst,
    double lossLast,
    double skillLast,
    @Nullable ProbeMetrics untrained,
    @Nullable ProbeMetrics trained,
    @Nullable ProbeMetrics whitened,
    Map<String, Double> monitors,
    List<AccuracyPoint> curve,
    List<LayerMetrics> layers) {
  public MethodResult {
    monitors = new TreeMap<>(monitors);
    curve = List.copyOf(curve);
    layers = List.copyOf(layers);
  }
}
