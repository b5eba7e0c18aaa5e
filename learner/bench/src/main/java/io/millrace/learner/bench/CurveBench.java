package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** kNN accuracy over the minutes of one demo, read from its status route. */
@Command(name = "curve", description = "kNN over time of one ./millrace demo, as JSON and a plot.")
final class CurveBench extends Benchmark {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(names = "--images", required = true, description = "Images, as the demo takes them.")
  String images;

  @Option(names = "--duration", defaultValue = "20m", description = "(${DEFAULT-VALUE}).")
  String duration;

  @Option(names = "--method", description = "Method (the preset's, or byol).")
  @Nullable String method;

  @Option(names = "--preset", description = "Preset, as the demo takes it.")
  @Nullable String preset;

  @Option(
      names = "--enlarge",
      paramLabel = "SIDE",
      description =
          "Shorter side that the images of a zip are enlarged to first; 0 for as they are.")
  int enlarge;

  @Option(names = "--seed", defaultValue = "1", description = "(${DEFAULT-VALUE}).")
  int seed;

  @Option(names = "--set", description = "Further settings, KEY=VALUE.")
  List<String> settings;

  @Option(names = "--name", defaultValue = "curve", description = "Name of the result's files.")
  String name;

  CurveBench() {
    this.images = "";
    this.duration = "20m";
    this.seed = 1;
    this.settings = new ArrayList<>();
    this.name = "curve";
  }

  @Override
  Result measure() throws Exception {
    if (enlarge == 0) {
      return curve(images);
    }
    Path enlarged = Files.createTempFile("millrace-enlarged-", ".zip");
    try {
      EnlargedImages.write(Path.of(images), enlarge, enlarged);
      return curve(enlarged.toString());
    } finally {
      Files.delete(enlarged);
    }
  }

  private String learned() {
    return method != null ? method : preset != null ? preset : "byol";
  }

  private String from() {
    String file = Path.of(images).getFileName().toString();
    return enlarge == 0 ? file : file + " enlarged to " + enlarge;
  }

  private Result curve(String from) throws Exception {
    int port = DemoRates.freePort();
    Path summary = Files.createTempFile("millrace-curve", ".json");
    List<String> command = new ArrayList<>(List.of("./millrace", "demo", "--images", from));
    if (preset != null) {
      command.addAll(List.of("--preset", preset));
    }
    if (method != null || preset == null) {
      command.addAll(List.of("--method", learned()));
    }
    command.addAll(List.of("--duration", duration, "--port", Integer.toString(port)));
    command.addAll(List.of("--seed", Integer.toString(seed), "--summary", summary.toString()));
    settings.forEach(s -> command.addAll(List.of("--set", s)));
    Process demo = new ProcessBuilder(command).inheritIO().start();
    var rows = new ArrayList<Map<String, Object>>();
    long started = System.nanoTime();
    while (!demo.waitFor(2, TimeUnit.SECONDS)) {
      JsonNode monitors = DemoRates.status(port).path("learner").path("monitors");
      if (!monitors.has("knn")) {
        continue;
      }
      JsonNode learner = DemoRates.status(port).path("learner");
      double knn = monitors.path("knn").asDouble();
      if (rows.isEmpty() || (double) rows.get(rows.size() - 1).get("trained, kNN %") != knn) {
        rows.add(
            row(
                "minutes", (System.nanoTime() - started) / 60e9,
                "stream images", learner.path("applied").asDouble(),
                "steps", learner.path("steps").asDouble(),
                "raw pixels, kNN %", monitors.path("knnRaw").asDouble(),
                "untrained, kNN %", monitors.path("knnUntrained").asDouble(),
                "trained, kNN %", knn));
      }
    }
    if (demo.exitValue() != 0) {
      throw new IllegalStateException(command + " ended with " + demo.exitValue());
    }
    JsonNode end = JSON.readTree(summary.toFile());
    Files.delete(summary);
    rows.add(
        row(
            "minutes", (System.nanoTime() - started) / 60e9,
            "stream images", end.path("applied").asDouble(),
            "steps", end.path("steps").asDouble(),
            "raw pixels, kNN %", end.at("/knn/raw").asDouble(),
            "untrained, kNN %", end.at("/knn/untrained").asDouble(),
            "trained, kNN %", end.at("/knn/trained").asDouble()));
    plot(rows);
    return new Result(
        name, "./millrace demo, " + learned() + ", " + from() + ", " + duration, rows);
  }

  private void plot(List<Map<String, Object>> rows) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(450)
            .title("kNN (k = 20) over time, " + learned() + ", " + from())
            .xAxisTitle("minutes on " + Runtime.getRuntime().availableProcessors() + " cores")
            .yAxisTitle("accuracy, %")
            .build();
    for (String series : List.of("trained, kNN %", "untrained, kNN %", "raw pixels, kNN %")) {
      chart
          .addSeries(
              series.replace(", kNN %", ""),
              rows.stream().mapToDouble(r -> (double) r.get("minutes")).toArray(),
              rows.stream().mapToDouble(r -> (double) r.get(series)).toArray())
          .setMarker(SeriesMarkers.NONE);
    }
    Files.createDirectories(out);
    BitmapEncoder.saveBitmap(chart, out.resolve(name).toString(), BitmapFormat.PNG);
  }
}
