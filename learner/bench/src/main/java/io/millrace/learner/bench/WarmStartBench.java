package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a contrastive warm start is worth to BYOL and OBoW in the first minutes. */
@Command(
    name = "warmstart",
    description =
        "Runs the stream benchmark's preset warm-start and draws kNN over minutes of learning.")
final class WarmStartBench extends Benchmark {
  @Option(names = "--images", required = true, description = "Labeled images: folder or archive.")
  String images;

  @Option(names = "--minutes", defaultValue = "5", description = "Of each arm (${DEFAULT-VALUE}).")
  int minutes;

  @Option(names = "--seeds", defaultValue = "1", description = "Seeds 1 to N (${DEFAULT-VALUE}).")
  int seeds;

  @Option(names = "--set", description = "Passed on to the stream benchmark.")
  List<String> settings;

  @Option(names = "--name", defaultValue = "warmstart", description = "Name of the result's files.")
  String name;

  WarmStartBench() {
    this.images = "";
    this.settings = new ArrayList<>();
    this.name = "warmstart";
  }

  /** kNN over time, meaned over seeds: points as [minutes, %], the first of the untrained. */
  private record Curve(String arm, String method, List<double[]> points) {
    double at(double minute) {
      double value = points.get(0)[1];
      for (double[] point : points) {
        value = point[0] <= minute + 1e-9 ? point[1] : value;
      }
      return value;
    }

    double last() {
      return points.get(points.size() - 1)[1];
    }

    double rise() {
      return last() - points.get(0)[1];
    }
  }

  @Override
  Result measure() throws Exception {
    Path folder = Files.createDirectories(out.resolve(name));
    List<String> command =
        new ArrayList<>(
            List.of("./millrace", "streambench", "--preset", "warm-start", "--images", images));
    command.addAll(List.of("--budget", minutes + "m", "--seeds", Integer.toString(seeds)));
    command.addAll(List.of("--out", folder.toString()));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    int code = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + code);
    }
    JsonNode report = new ObjectMapper().readTree(folder.resolve("streambench.json").toFile());
    var curves = new ArrayList<Curve>();
    report.path("arms").forEach(arm -> curves.add(curve(arm)));
    plot(curves);
    return new Result(
        name,
        "kNN % by minutes of learning, cold and after a contrastive start, "
            + Path.of(images).getFileName()
            + ", "
            + seeds
            + " seeds",
        rows(curves));
  }

  private static Curve curve(JsonNode arm) {
    String variant = arm.at("/arm/variant").asText();
    String method = arm.at("/arm/method").asText();
    List<JsonNode> runs = new ArrayList<>();
    arm.path("runs").forEach(run -> runs.add(run.at("/figures/points")));
    int points = runs.stream().mapToInt(JsonNode::size).min().orElse(0);
    var curve = new ArrayList<double[]>();
    for (int i = 0; i < points; i++) {
      double[] mean = new double[2];
      for (JsonNode run : runs) {
        mean[0] += run.path(i).path("seconds").asDouble() / 60 / runs.size();
        mean[1] += run.path(i).at("/probes/knn").asDouble() / runs.size();
      }
      curve.add(mean);
    }
    return new Curve(variant.isEmpty() ? method : method + " " + variant, method, curve);
  }

  private List<Map<String, Object>> rows(List<Curve> curves) {
    var cold = new HashMap<String, Curve>();
    curves.forEach(curve -> cold.putIfAbsent(curve.method(), curve));
    var rows = new ArrayList<Map<String, Object>>();
    for (Curve curve : curves) {
      var row = Result.row("arm", curve.arm(), "untrained", curve.points().get(0)[1]);
      for (int minute = 1; minute < minutes; minute++) {
        row.put("after " + minute + " min", curve.at(minute));
      }
      row.put("at the end", curve.last());
      row.put("rise ÷ cold start", curve.rise() / cold.get(curve.method()).rise());
      rows.add(row);
    }
    return rows;
  }

  private void plot(List<Curve> curves) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(450)
            .title("kNN (k = 20) over time, cold and after a contrastive start")
            .xAxisTitle(
                "minutes of learning on " + Runtime.getRuntime().availableProcessors() + " cores")
            .yAxisTitle("accuracy, %")
            .build();
    for (Curve curve : curves) {
      chart
          .addSeries(
              curve.arm(),
              curve.points().stream().mapToDouble(point -> point[0]).toArray(),
              curve.points().stream().mapToDouble(point -> point[1]).toArray())
          .setMarker(SeriesMarkers.NONE);
    }
    BitmapEncoder.saveBitmap(chart, out.resolve(name).toString(), BitmapFormat.PNG);
  }
}
