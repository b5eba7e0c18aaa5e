package io.millrace.learner.release;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Checks a release's metrics against the gate's bounds. */
final class Gate {
  private Gate() {}

  /** The first metric out of bounds, as text; empty where all are within. */
  static Optional<String> failure(GateSettings settings, Map<String, Double> metrics) {
    for (Map.Entry<String, Double> metric : new TreeMap<>(metrics).entrySet()) {
      String name = metric.getKey();
      double value = metric.getValue();
      double least = least(settings, name);
      if (least > 0 && !(value >= least)) {
        return Optional.of(name + " is " + value + ": expected at least " + least);
      }
      if (name.equals("drift") && settings.maxDrift() > 0 && !(value <= settings.maxDrift())) {
        return Optional.of(name + " is " + value + ": expected at most " + settings.maxDrift());
      }
    }
    return Optional.empty();
  }

  private static double least(GateSettings settings, String metric) {
    return switch (metric) {
      case "featureStd" -> settings.minFeatureStd();
      case "rankMe" -> settings.minRankMe();
      case "knn" -> settings.minKnn();
      default -> metric.startsWith("perplexityBatch") ? settings.minPerplexity() : 0;
    };
  }
}
