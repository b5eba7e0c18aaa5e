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
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private static final String[] HEAD = {
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
    "skill"
  };

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
    var table = new TextTable(HEAD);
    ProbeMetrics raw = pixels;
    if (raw != null) {
      row(table, "", probed("raw pixels", raw));
    }
    // Once for each layer that represents images: methods of one layer begin alike.
    var shown = new HashSet<Map.Entry<Integer, ProbeMetrics>>();
    for (MethodResult metrics : done()) {
      ProbeMetrics untrained = metrics.untrained();
      if (untrained != null && shown.add(Map.entry(metrics.featureDim(), untrained))) {
        row(table, "", probed("untrained (" + metrics.method() + ")", untrained));
      }
    }
    for (Entry entry : methods) {
      MethodResult metrics = entry.metrics();
      if (metrics == null) {
        row(table, NumberText.NONE, List.of(entry.method()));
        table.note(entry.method() + ": " + entry.error());
      } else {
        row(table, "", cells(metrics));
      }
    }
    return table;
  }

  private static void row(TextTable table, String missing, List<String> cells) {
    String[] all = new String[HEAD.length];
    Arrays.fill(all, missing);
    for (int i = 0; i < cells.size(); i++) {
      all[i] = cells.get(i);
    }
    table.row(all);
  }

  private static List<String> probed(String name, @Nullable ProbeMetrics probes) {
    return probes == null
        ? List.of(name, NumberText.NONE, NumberText.NONE, NumberText.NONE)
        : List.of(
            name,
            NumberText.percent(probes.knn()),
            NumberText.percent(probes.knnWeighted()),
            NumberText.percent(probes.linear()));
  }

  private static List<String> cells(MethodResult metrics) {
    ProbeMetrics white = metrics.whitened();
    var out = new ArrayList<>(probed(metrics.method(), metrics.trained()));
    out.add(white == null ? NumberText.NONE : NumberText.percent(white.knn()));
    out.add(white == null ? NumberText.NONE : NumberText.percent(white.linear()));
    out.add(NumberText.of(metrics.imagesPerSecond()));
    out.add(NumberText.of(metrics.millisPerStep()));
    out.add(NumberText.of(metrics.monitors().getOrDefault("featureStd", Double.NaN)));
    out.add(NumberText.of(metrics.monitors().getOrDefault("rankMe", Double.NaN)));
    out.add(NumberText.of(metrics.skillLast()));
    return out;
  }

  /** Each method's best layer, for people; empty where layers were not measured. */
  public TextTable bestLayers() {
    var results = new LinkedHashMap<String, MethodResult>();
    done().forEach(result -> results.put(result.method(), result));
    return BestLayers.table("method", results);
  }

  /** Of the methods that have metrics. */
  private List<MethodResult> done() {
    List<MethodResult> done = new ArrayList<>();
    for (Entry entry : methods) {
      MethodResult metrics = entry.metrics();
      if (metrics != null) {
        done.add(metrics);
      }
    }
    return done;
  }

  /** Charts of the methods that have metrics. */
  List<Plot.Panel> panels() {
    List<MethodResult> done = done();
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
