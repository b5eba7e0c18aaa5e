package io.millrace.learner.stream;

import io.millrace.learner.evaluate.ProbeMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a method made of a stream. Accuracies are in percent; NaN where there are no labels, or no
 * tasks.
 *
 * @param points measurements in order; the first is of the untrained network
 * @param taskPoints numbers of the points at which tasks ended; empty without tasks, or when time
 *     was up before the last
 * @param imagesPerSecond images of the stream per second of learning
 * @param averageKnn mean of kNN over the points after the first
 * @param finalKnn kNN at the end
 * @param averageLinear mean of the linear probe over the points after the first
 * @param finalLinear linear probe at the end
 * @param forgetting mean over the tasks but the last of (best − final) kNN among the task's
 *     classes, where best is over all task ends (Chaudhry et al. 2018; as Fini et al. 2022 have it)
 * @param backwardTransfer mean over the tasks but the last of (final − at the task's own end) kNN
 *     among the task's classes (Lopez-Paz and Ranzato 2017)
 */
public record StreamMetrics(
    List<StreamPoint> points,
    List<Integer> taskPoints,
    double imagesPerSecond,
    double averageKnn,
    double finalKnn,
    double averageLinear,
    double finalLinear,
    double forgetting,
    double backwardTransfer) {

  static StreamMetrics of(List<StreamPoint> points, List<Integer> taskPoints) {
    StreamPoint last = points.get(points.size() - 1);
    List<List<Double>> byTask = new ArrayList<>();
    taskPoints.forEach(at -> byTask.add(points.get(at).knnByTask()));
    return new StreamMetrics(
        List.copyOf(points),
        List.copyOf(taskPoints),
        last.images() / Math.max(last.seconds(), 1e-3),
        average(points, ProbeMetrics::knn),
        of(last.probes(), ProbeMetrics::knn),
        average(points, ProbeMetrics::linear),
        of(last.probes(), ProbeMetrics::linear),
        forgetting(byTask),
        backwardTransfer(byTask));
  }

  /** kNN at the end above the untrained network's, in points. */
  public double knnRise() {
    return finalKnn - of(points.get(0).probes(), ProbeMetrics::knn);
  }

  private static double average(List<StreamPoint> points, ToDoubleFunction<ProbeMetrics> metric) {
    return points.stream()
        .skip(1)
        .mapToDouble(point -> of(point.probes(), metric))
        .average()
        .orElse(Double.NaN);
  }

  private static double of(@Nullable ProbeMetrics probes, ToDoubleFunction<ProbeMetrics> metric) {
    return probes == null ? Double.NaN : metric.applyAsDouble(probes);
  }

  /**
   * @param knn at the end of each task, by task
   */
  static double forgetting(List<List<Double>> knn) {
    double sum = 0;
    for (int task = 0; task < knn.size() - 1; task++) {
      double best = Double.NEGATIVE_INFINITY;
      for (List<Double> then : knn) {
        best = Math.max(best, then.get(task));
      }
      sum += best - knn.get(knn.size() - 1).get(task);
    }
    return knn.size() < 2 ? Double.NaN : sum / (knn.size() - 1);
  }

  /**
   * @param knn at the end of each task, by task
   */
  static double backwardTransfer(List<List<Double>> knn) {
    double sum = 0;
    for (int task = 0; task < knn.size() - 1; task++) {
      sum += knn.get(knn.size() - 1).get(task) - knn.get(task).get(task);
    }
    return knn.size() < 2 ? Double.NaN : sum / (knn.size() - 1);
  }
}
