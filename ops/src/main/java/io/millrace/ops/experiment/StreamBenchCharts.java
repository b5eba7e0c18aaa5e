package io.millrace.ops.experiment;

import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.learner.stream.StreamMetrics;
import io.millrace.learner.stream.StreamPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Charts of a stream benchmark: metrics over images seen, meaned over seeds. */
final class StreamBenchCharts {
  private StreamBenchCharts() {}

  static List<Plot.Chart> of(StreamBenchReport report) {
    var done = report.arms().stream().filter(arm -> !arm.metrics().isEmpty()).toList();
    List<Plot.Chart> charts = new ArrayList<>();
    if (done.isEmpty()) {
      return charts;
    }
    if (report.pixels() != null) {
      charts.add(curves("kNN", "accuracy, %", done, p -> probe(p, ProbeMetrics::knn)));
      charts.add(
          curves(
              "kNN for the time learned",
              "seconds of learning",
              "accuracy, %",
              done,
              StreamPoint::seconds,
              p -> probe(p, ProbeMetrics::knn)));
      charts.add(curves("linear probe", "accuracy, %", done, p -> probe(p, ProbeMetrics::linear)));
    }
    charts.add(curves("RankMe", "", done, p -> monitor(p, "rankMe")));
    charts.add(curves("feature std", "", done, p -> monitor(p, "featureStd")));
    charts.add(curves("loss", "", done, StreamPoint::loss));
    var neighbors =
        curves("nearest in replay", "cosine", done, p -> monitor(p, "replaySimilarity"));
    if (!neighbors.curves().isEmpty()) {
      charts.add(neighbors);
    }
    List<String> names = done.stream().map(arm -> arm.arm().toString()).toList();
    charts.add(bars("throughput", "images/s", names, done, StreamMetrics::imagesPerSecond));
    if (done.stream().anyMatch(arm -> arm.spread(StreamMetrics::forgetting).runs() > 0)) {
      charts.add(bars("forgetting", "points", names, done, StreamMetrics::forgetting));
      charts.add(bars("backward transfer", "points", names, done, StreamMetrics::backwardTransfer));
    }
    return charts;
  }

  private static Plot.Chart bars(
      String title,
      String unit,
      List<String> names,
      List<StreamBenchReport.ArmRuns> arms,
      ToDoubleFunction<StreamMetrics> metric) {
    List<Double> values = arms.stream().map(arm -> arm.spread(metric).mean()).toList();
    return new Plot.Panel(title, unit, names, List.of(new Plot.Series(title, values)));
  }

  private static Plot.Curves curves(
      String title,
      String unit,
      List<StreamBenchReport.ArmRuns> arms,
      ToDoubleFunction<StreamPoint> metric) {
    return curves(title, "images seen", unit, arms, StreamPoint::images, metric);
  }

  private static Plot.Curves curves(
      String title,
      String along,
      String unit,
      List<StreamBenchReport.ArmRuns> arms,
      ToDoubleFunction<StreamPoint> place,
      ToDoubleFunction<StreamPoint> metric) {
    var curves = new ArrayList<Plot.Curve>();
    for (StreamBenchReport.ArmRuns arm : arms) {
      List<StreamMetrics> runs = arm.metrics();
      int points = runs.stream().mapToInt(run -> run.points().size()).min().orElse(0);
      var curve = new MeanCurve();
      for (int i = 0; i < points; i++) {
        curve.add(values(runs, i, place), values(runs, i, metric));
      }
      curve.addTo(curves, arm.arm().toString());
    }
    return new Plot.Curves(title, along, unit, curves);
  }

  private static double[] values(
      List<StreamMetrics> runs, int point, ToDoubleFunction<StreamPoint> value) {
    return runs.stream().mapToDouble(run -> value.applyAsDouble(run.points().get(point))).toArray();
  }

  private static double monitor(StreamPoint point, String name) {
    return point.monitors().getOrDefault(name, Double.NaN);
  }

  private static double probe(StreamPoint point, ToDoubleFunction<ProbeMetrics> metric) {
    ProbeMetrics probes = point.probes();
    return probes == null ? Double.NaN : metric.applyAsDouble(probes);
  }
}
