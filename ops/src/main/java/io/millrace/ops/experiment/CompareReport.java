package io.millrace.ops.experiment;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.millrace.learner.compare.MethodResult;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A comparison, as {@code compare.json} holds it.
 *
 * @param images what was learned from
 * @param streamImages distinct images of the stream
 * @param classes classes of the held-out images; 0 without labels
 * @param bank labeled images that kNN searches and the linear probe is trained on
 * @param queries labeled images asked about
 * @param budget what each method could spend
 * @param batchSize images of an update
 * @param backbone the network
 * @param engine what computed it
 * @param seed of everything drawn
 * @param pixels probes of raw pixels; null without labels
 * @param methods what each came to
 */
public record CompareReport(
    String images,
    int streamImages,
    int classes,
    int bank,
    int queries,
    String budget,
    int batchSize,
    String backbone,
    EngineInfo engine,
    long seed,
    @Nullable ProbeMetrics pixels,
    List<Entry> methods) {

  /**
   * One method.
   *
   * @param error why there are no metrics; null where there are
   * @param metrics null where it failed
   */
  record Entry(
      String method,
      @Nullable String error,
      @JsonProperty("figures") @Nullable MethodResult metrics) {}

  /** Whether a method has no metrics. */
  public boolean failed() {
    return methods.stream().anyMatch(entry -> entry.error() != null);
  }

  /** Writes it as JSON. */
  void write(Path file) throws IOException {
    Files.writeString(file, Json.pretty(this));
  }

  /** A table for people. */
  public TextTable table() {
    var table =
        new TextTable(
            "method",
            "kNN %",
            "kNN-200 %",
            "linear %",
            "white kNN %",
            "white linear %",
            "images/s",
            "ms/step",
            "std",
            "RankMe",
            "skill");
    ProbeMetrics raw = pixels;
    if (raw != null) {
      table.row(
          "raw pixels",
          NumberText.percent(raw.knn()),
          NumberText.percent(raw.knnWeighted()),
          NumberText.percent(raw.linear()),
          "",
          "",
          "",
          "",
          "",
          "",
          "");
    }
    methods.stream()
        .map(Entry::metrics)
        .filter(metrics -> metrics != null && metrics.untrained() != null)
        .findFirst()
        .ifPresent(metrics -> untrained(table, metrics));
    for (Entry entry : methods) {
      MethodResult metrics = entry.metrics();
      if (metrics == null) {
        String none = NumberText.NONE;
        table.row(entry.method(), none, none, none, none, none, none, none, none, none, none);
        table.note(entry.method() + ": " + entry.error());
      } else {
        row(table, metrics);
      }
    }
    return table;
  }

  private static void untrained(TextTable table, @Nullable MethodResult metrics) {
    ProbeMetrics probes = metrics == null ? null : metrics.untrained();
    if (metrics != null && probes != null) {
      table.row(
          "untrained (" + metrics.method() + ")",
          NumberText.percent(probes.knn()),
          NumberText.percent(probes.knnWeighted()),
          NumberText.percent(probes.linear()),
          "",
          "",
          "",
          "",
          "",
          "",
          "");
    }
  }

  private static void row(TextTable table, MethodResult metrics) {
    ProbeMetrics probes = metrics.trained();
    ProbeMetrics white = metrics.whitened();
    table.row(
        metrics.method(),
        probes == null ? NumberText.NONE : NumberText.percent(probes.knn()),
        probes == null ? NumberText.NONE : NumberText.percent(probes.knnWeighted()),
        probes == null ? NumberText.NONE : NumberText.percent(probes.linear()),
        white == null ? NumberText.NONE : NumberText.percent(white.knn()),
        white == null ? NumberText.NONE : NumberText.percent(white.linear()),
        NumberText.of(metrics.imagesPerSecond()),
        NumberText.of(metrics.millisPerStep()),
        NumberText.of(metrics.monitors().getOrDefault("featureStd", Double.NaN)),
        NumberText.of(metrics.monitors().getOrDefault("rankMe", Double.NaN)),
        NumberText.of(metrics.skillLast()));
  }

  /** Charts of the methods that have metrics. */
  List<Plot.Panel> panels() {
    List<MethodResult> done = new ArrayList<>();
    for (Entry entry : methods) {
      MethodResult metrics = entry.metrics();
      if (metrics != null) {
        done.add(metrics);
      }
    }
    List<String> names = done.stream().map(MethodResult::method).toList();
    List<Plot.Panel> panels = new ArrayList<>();
    if (done.isEmpty()) {
      return panels;
    }
    if (done.get(0).trained() != null) {
      panels.add(probes("kNN, k = 20", names, done, ProbeMetrics::knn));
      panels.add(probes("linear probe", names, done, ProbeMetrics::linear));
    }
    panels.add(one("throughput", "images/s", names, done, MethodResult::imagesPerSecond));
    panels.add(one("cost of an update", "ms", names, done, MethodResult::millisPerStep));
    panels.add(
        one("feature std", "", names, done, f -> f.monitors().getOrDefault("featureStd", 0.0)));
    panels.add(one("RankMe", "", names, done, f -> f.monitors().getOrDefault("rankMe", 0.0)));
    return panels;
  }

  private static Plot.Panel probes(
      String title,
      List<String> names,
      List<MethodResult> done,
      ToDoubleFunction<ProbeMetrics> metric) {
    return new Plot.Panel(
        title,
        "accuracy, %",
        names,
        List.of(
            new Plot.Series("untrained", values(done, f -> of(f.untrained(), metric))),
            new Plot.Series("trained", values(done, f -> of(f.trained(), metric)))));
  }

  private static Plot.Panel one(
      String title,
      String unit,
      List<String> names,
      List<MethodResult> done,
      ToDoubleFunction<MethodResult> metric) {
    return new Plot.Panel(
        title, unit, names, List.of(new Plot.Series(title, values(done, metric))));
  }

  private static List<Double> values(
      List<MethodResult> done, ToDoubleFunction<MethodResult> metric) {
    return done.stream().mapToDouble(metric).boxed().toList();
  }

  private static double of(@Nullable ProbeMetrics probes, ToDoubleFunction<ProbeMetrics> metric) {
    return probes == null ? Double.NaN : metric.applyAsDouble(probes);
  }
}
