package io.millrace.ops.experiment;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.millrace.learner.compare.AccuracyPoint;
import io.millrace.learner.compare.MethodResult;
import io.millrace.learner.evaluate.ProbeMetrics;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A trial of settings, as {@code arms.json} holds it: every run, the losers too.
 *
 * @param images what was learned from
 * @param budget of each run
 * @param bank labeled images that kNN searches and the linear probe is trained on
 * @param queries labeled images asked about
 * @param pixels probes of raw pixels; null without labels
 * @param runs in the order they were made
 */
public record TrialReport(
    String images,
    String budget,
    int bank,
    int queries,
    @Nullable ProbeMetrics pixels,
    List<TrialRun> runs) {

  /** Whether a run has no result. */
  @JsonIgnore
  public boolean isFailed() {
    return runs.stream().anyMatch(run -> run.error() != null);
  }

  /** Of every arm against the first of its method, seed by seed. */
  @JsonProperty
  List<ArmDifference> differences() {
    return ArmDifference.of(runs);
  }

  /** Writes it as JSON. */
  void write(Path file) throws IOException {
    Files.writeString(file, Json.pretty(this));
  }

  /**
   * Arms by mean kNN, and below how each differs from the first of its method, and each run's best
   * layer where layers were measured.
   */
  public String text() {
    var text = new StringBuilder(table().toString());
    List<ArmDifference> differences = differences();
    if (!differences.isEmpty()) {
      text.append('\n').append(ArmDifference.table(differences));
    }
    var measured = new LinkedHashMap<String, MethodResult>();
    for (TrialRun run : runs) {
      MethodResult result = run.result();
      if (result != null && !result.layers().isEmpty()) {
        measured.put(run.arm() + ", " + run.seed(), result);
      }
    }
    if (!measured.isEmpty()) {
      text.append('\n').append(BestLayers.table("arm, seed", measured));
    }
    return text.toString();
  }

  /** Arms by mean kNN, the best first, with the deviation over seeds. */
  TextTable table() {
    var table =
        new TextTable(
            "arm",
            "seeds",
            "kNN %",
            "linear %",
            "white kNN %",
            "white linear %",
            "untrained kNN %",
            "images/s",
            "images");
    ProbeMetrics raw = pixels;
    if (raw != null) {
      String knn = NumberText.percent(raw.knn());
      table.row("raw pixels", "", knn, NumberText.percent(raw.linear()), "", "", "", "", "");
    }
    var byArm = new LinkedHashMap<String, List<MethodResult>>();
    for (TrialRun run : runs) {
      List<MethodResult> results = byArm.computeIfAbsent(run.arm(), name -> new ArrayList<>());
      MethodResult result = run.result();
      if (result == null) {
        table.note(run.arm() + ", seed " + run.seed() + ": " + run.error());
      } else {
        results.add(result);
      }
    }
    byArm.entrySet().stream()
        .sorted(
            Comparator.comparingDouble(
                (Map.Entry<String, List<MethodResult>> arm) -> {
                  double mean =
                      probe(arm.getValue(), MethodResult::trained, ProbeMetrics::knn).mean();
                  return Double.isFinite(mean) ? -mean : Double.MAX_VALUE;
                }))
        .forEach(arm -> row(table, arm.getKey(), arm.getValue()));
    return table;
  }

  /**
   * kNN over the images learned from, meaned over seeds; none where nothing was asked on the way.
   */
  List<Plot.Chart> charts() {
    var byArm = new LinkedHashMap<String, List<MethodResult>>();
    for (TrialRun run : runs) {
      MethodResult result = run.result();
      if (result != null && !result.curve().isEmpty()) {
        byArm.computeIfAbsent(run.arm(), name -> new ArrayList<>()).add(result);
      }
    }
    return byArm.isEmpty()
        ? List.of()
        : List.of(
            curves("kNN", byArm, AccuracyPoint::knn, MethodResult::trained),
            curves(
                "kNN of whitened features",
                byArm,
                point -> orNone(point.whitened(), Double::doubleValue),
                MethodResult::whitened));
  }

  private static <T> double orNone(@Nullable T of, ToDoubleFunction<T> value) {
    return of == null ? Double.NaN : value.applyAsDouble(of);
  }

  private static double[] values(List<MethodResult> results, ToDoubleFunction<MethodResult> value) {
    return results.stream().mapToDouble(value).toArray();
  }

  private static Plot.Curves curves(
      String title,
      Map<String, List<MethodResult>> byArm,
      ToDoubleFunction<AccuracyPoint> onTheWay,
      Function<MethodResult, @Nullable ProbeMetrics> atTheEnd) {
    var curves = new ArrayList<Plot.Curve>();
    byArm.forEach(
        (arm, results) -> {
          var curve = new MeanCurve();
          int points = results.stream().mapToInt(r -> r.curve().size()).min().orElse(0);
          for (int i = 0; i < points; i++) {
            int at = i;
            curve.add(
                values(results, r -> r.curve().get(at).images()),
                values(results, r -> onTheWay.applyAsDouble(r.curve().get(at))));
          }
          curve.add(
              values(results, MethodResult::images),
              values(results, r -> orNone(atTheEnd.apply(r), ProbeMetrics::knn)));
          curve.addTo(curves, arm);
        });
    return new Plot.Curves(title, "images learned from", "accuracy, %", curves);
  }

  private static void row(TextTable table, String arm, List<MethodResult> results) {
    table.row(
        arm,
        Integer.toString(results.size()),
        probe(results, MethodResult::trained, ProbeMetrics::knn).text(),
        probe(results, MethodResult::trained, ProbeMetrics::linear).text(),
        probe(results, MethodResult::whitened, ProbeMetrics::knn).text(),
        probe(results, MethodResult::whitened, ProbeMetrics::linear).text(),
        probe(results, MethodResult::untrained, ProbeMetrics::knn).text(),
        mean(results, MethodResult::imagesPerSecond).text(),
        NumberText.count(Math.round(mean(results, MethodResult::images).mean())));
  }

  private static MeanStd probe(
      List<MethodResult> results,
      Function<MethodResult, @Nullable ProbeMetrics> probes,
      ToDoubleFunction<ProbeMetrics> metric) {
    return MeanStd.of(
        results.stream()
            .map(probes)
            .filter(Objects::nonNull)
            .mapToDouble(p -> metric.applyAsDouble(Objects.requireNonNull(p)))
            .toArray());
  }

  private static MeanStd mean(List<MethodResult> results, ToDoubleFunction<MethodResult> metric) {
    return MeanStd.of(values(results, metric));
  }
}
