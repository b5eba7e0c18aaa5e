package io.millrace.ops.experiment;

import io.millrace.learner.compare.ComparedMethod;
import io.millrace.learner.evaluate.ProbeFigures;
import io.millrace.learner.tensor.EngineInfo;
import io.millrace.ops.cli.Summary;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.terminal.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A comparison, as {@code compare.json} holds it.
 *
 * @param images what was learned from
 * @param streamImages distinct images of the stream
 * @param classes classes of the held-out images; 0 without labels
 * @param bank labelled images that kNN searches and the linear probe is trained on
 * @param queries labelled images asked about
 * @param budget what each method could spend
 * @param batchSize images of an update
 * @param backbone the network
 * @param engine what computed it
 * @param seed of everything drawn
 * @param pixels probes of raw pixels; null without labels
 * @param methods what each came to
 */
record CompareReport(
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
    @Nullable ProbeFigures pixels,
    List<Entry> methods) {

  /**
   * One method.
   *
   * @param error why there are no figures; null where there are
   * @param figures null where it failed
   */
  record Entry(String method, @Nullable String error, @Nullable ComparedMethod figures) {}

  /** Whether a method has no figures. */
  boolean failed() {
    return methods.stream().anyMatch(entry -> entry.error() != null);
  }

  /** Writes it as JSON. */
  void write(Path file) throws IOException {
    Files.writeString(file, Json.pretty(this));
  }

  /** A table for people. */
  TextTable table() {
    var table =
        new TextTable(
            "method",
            "kNN %",
            "kNN-200 %",
            "linear %",
            "images/s",
            "ms/step",
            "std",
            "RankMe",
            "skill");
    ProbeFigures raw = pixels;
    if (raw != null) {
      table.row(
          "raw pixels",
          percent(raw.knn()),
          percent(raw.knnWeighted()),
          percent(raw.linear()),
          "",
          "",
          "",
          "",
          "");
    }
    methods.stream()
        .map(Entry::figures)
        .filter(figures -> figures != null && figures.untrained() != null)
        .findFirst()
        .ifPresent(figures -> untrained(table, figures));
    for (Entry entry : methods) {
      ComparedMethod figures = entry.figures();
      if (figures == null) {
        table.row(entry.method(), "–", "–", "–", "–", "–", "–", "–", "–");
        table.note(entry.method() + ": " + entry.error());
      } else {
        row(table, figures);
      }
    }
    return table;
  }

  private static void untrained(TextTable table, @Nullable ComparedMethod figures) {
    ProbeFigures probes = figures == null ? null : figures.untrained();
    if (figures != null && probes != null) {
      table.row(
          "untrained (" + figures.method() + ")",
          percent(probes.knn()),
          percent(probes.knnWeighted()),
          percent(probes.linear()),
          "",
          "",
          "",
          "",
          "");
    }
  }

  private static void row(TextTable table, ComparedMethod figures) {
    ProbeFigures probes = figures.trained();
    table.row(
        figures.method(),
        probes == null ? "–" : percent(probes.knn()),
        probes == null ? "–" : percent(probes.knnWeighted()),
        probes == null ? "–" : percent(probes.linear()),
        Summary.number(figures.imagesPerSecond()),
        Summary.number(figures.millisPerStep()),
        Summary.number(figures.monitors().getOrDefault("featureStd", Double.NaN)),
        Summary.number(figures.monitors().getOrDefault("rankMe", Double.NaN)),
        Summary.number(figures.skillLast()));
  }

  /** Charts of the methods that have figures. */
  List<Plot.Panel> panels() {
    List<ComparedMethod> done = new ArrayList<>();
    for (Entry entry : methods) {
      ComparedMethod figures = entry.figures();
      if (figures != null) {
        done.add(figures);
      }
    }
    List<String> names = done.stream().map(ComparedMethod::method).toList();
    List<Plot.Panel> panels = new ArrayList<>();
    if (done.isEmpty()) {
      return panels;
    }
    if (done.get(0).trained() != null) {
      panels.add(probes("kNN, k = 20", names, done, ProbeFigures::knn));
      panels.add(probes("linear probe", names, done, ProbeFigures::linear));
    }
    panels.add(one("throughput", "images/s", names, done, ComparedMethod::imagesPerSecond));
    panels.add(one("cost of an update", "ms", names, done, ComparedMethod::millisPerStep));
    panels.add(
        one("feature std", "", names, done, f -> f.monitors().getOrDefault("featureStd", 0.0)));
    panels.add(one("RankMe", "", names, done, f -> f.monitors().getOrDefault("rankMe", 0.0)));
    return panels;
  }

  private static Plot.Panel probes(
      String title,
      List<String> names,
      List<ComparedMethod> done,
      ToDoubleFunction<ProbeFigures> figure) {
    return new Plot.Panel(
        title,
        "accuracy, %",
        names,
        List.of(
            new Plot.Series("untrained", values(done, f -> of(f.untrained(), figure))),
            new Plot.Series("trained", values(done, f -> of(f.trained(), figure)))));
  }

  private static Plot.Panel one(
      String title,
      String unit,
      List<String> names,
      List<ComparedMethod> done,
      ToDoubleFunction<ComparedMethod> figure) {
    return new Plot.Panel(
        title, unit, names, List.of(new Plot.Series(title, values(done, figure))));
  }

  private static List<Double> values(
      List<ComparedMethod> done, ToDoubleFunction<ComparedMethod> figure) {
    return done.stream().mapToDouble(figure).boxed().toList();
  }

  private static double of(@Nullable ProbeFigures probes, ToDoubleFunction<ProbeFigures> figure) {
    return probes == null ? Double.NaN : figure.applyAsDouble(probes);
  }

  /** One decimal place. */
  static String percent(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
