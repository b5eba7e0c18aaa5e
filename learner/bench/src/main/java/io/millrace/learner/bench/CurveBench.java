package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.broker.FreePort;
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

/**
 * kNN accuracy over the minutes of a demo, read from its status route, for each seed; at its end
 * kNN and a linear probe of its newest release by {@code ./millrace evaluate}.
 */
@Command(name = "curve", description = "kNN over time of ./millrace demo, as JSON and a plot.")
final class CurveBench extends Benchmark {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String RAW = "raw pixels, kNN %";

  @Option(names = "--images", required = true, description = "Images, as the demo takes them.")
  String images;

  @Option(names = "--duration", defaultValue = "20m", description = "(${DEFAULT-VALUE}).")
  String duration;

  @Option(names = "--method", description = "Method (the preset's, or the demo's).")
  @Nullable String method;

  @Option(names = "--preset", description = "Preset, as the demo takes it.")
  @Nullable String preset;

  @Option(
      names = "--enlarge",
      paramLabel = "SIDE",
      description =
          "Shorter side that the images of a zip are enlarged to first; 0 for as they are.")
  int enlarge;

  @Option(names = "--seed", defaultValue = "1", description = "The first (${DEFAULT-VALUE}).")
  int seed;

  @Option(
      names = "--seeds",
      defaultValue = "1",
      description = "Demos, one a seed (${DEFAULT-VALUE}).")
  int seeds;

  @Option(
      names = "--bank",
      defaultValue = "7000",
      description = "Labeled images that kNN searches (${DEFAULT-VALUE}).")
  int bank;

  @Option(
      names = "--queries",
      defaultValue = "3000",
      description = "Images asked about (${DEFAULT-VALUE}).")
  int queries;

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "Folder that keeps each demo's data, for fine-tuning and the like.")
  @Nullable Path keep;

  @Option(names = "--set", description = "Further settings, KEY=VALUE.")
  List<String> settings;

  @Option(names = "--name", defaultValue = "curve", description = "Name of the result's files.")
  String name;

  CurveBench() {
    this.images = "";
    this.duration = "20m";
    this.seed = 1;
    this.seeds = 1;
    this.bank = 7000;
    this.queries = 3000;
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
    return method != null ? method : preset != null ? preset : "the demo's method";
  }

  private String from() {
    String file = Path.of(images).getFileName().toString();
    return enlarge == 0 ? file : file + " enlarged to " + enlarge;
  }

  private Result curve(String from) throws Exception {
    var rows = new ArrayList<Map<String, Object>>();
    Path data = keep == null ? Files.createTempDirectory("millrace-curve-") : keep;
    try {
      for (int s = seed; s < seed + seeds; s++) {
        Path dataDir = data.resolve("seed-" + s);
        demo(from, s, dataDir, rows);
      }
    } finally {
      if (keep == null) {
        Stage.delete(data);
      }
    }
    plot(rows);
    return new Result(
        name,
        "./millrace demo, "
            + learned()
            + ", "
            + from()
            + ", "
            + duration
            + (settings.isEmpty() ? "" : ", " + String.join(" ", settings))
            + "; kNN and linear probe with "
            + bank
            + " labeled and "
            + queries
            + " query images",
        rows);
  }

  private void demo(String from, int of, Path dataDir, List<Map<String, Object>> rows)
      throws Exception {
    int port = FreePort.next();
    List<String> command = new ArrayList<>(List.of("./millrace", "demo", "--images", from));
    if (preset != null) {
      command.addAll(List.of("--preset", preset));
    }
    if (method != null) {
      command.addAll(List.of("--method", method));
    }
    command.addAll(List.of("--duration", duration, "--port", Integer.toString(port)));
    command.addAll(List.of("--seed", Integer.toString(of), "--data-dir", dataDir.toString()));
    command.addAll(List.of("--set", "learner.probe.bank=" + bank));
    command.addAll(List.of("--set", "learner.probe.queries=" + queries));
    settings.forEach(s -> command.addAll(List.of("--set", s)));
    Process demo = new ProcessBuilder(command).inheritIO().start();
    long started = System.nanoTime();
    JsonNode learner = JSON.missingNode();
    double last = Double.NaN;
    while (!demo.waitFor(2, TimeUnit.SECONDS)) {
      JsonNode now = DemoRates.status(port).path("learner");
      JsonNode monitors = now.path("monitors");
      if (!monitors.has("knn")) {
        continue;
      }
      learner = now;
      double knn = monitors.path("knn").asDouble();
      if (knn != last) {
        last = knn;
        double raw = monitors.path("knnRaw").asDouble();
        double untrained = monitors.path("knnUntrained").asDouble();
        rows.add(point(of, started, learner, new double[] {raw, untrained, knn}, null));
      }
    }
    if (demo.exitValue() != 0) {
      throw new IllegalStateException(command + " ended with " + demo.exitValue());
    }
    JsonNode end = evaluated(from, dataDir);
    double[] knn = {
      end.at("/knn/raw").asDouble(),
      end.at("/knn/untrained").asDouble(),
      end.at("/knn/trained").asDouble()
    };
    rows.add(point(of, started, learner, knn, end.at("/linear/trained").asDouble()));
  }

  private static Map<String, Object> point(
      int of, long started, JsonNode learner, double[] knn, @Nullable Double linear) {
    return row(
        "seed",
        of,
        "minutes",
        (System.nanoTime() - started) / 60e9,
        "stream images",
        learner.path("applied").asDouble(),
        "steps",
        learner.path("steps").asDouble(),
        RAW,
        knn[0],
        "untrained, kNN %",
        knn[1],
        "trained, kNN %",
        knn[2],
        "linear, %",
        linear);
  }

  /** What {@code ./millrace evaluate} prints of the newest release. */
  private JsonNode evaluated(String from, Path dataDir) throws Exception {
    Path out = dataDir.resolve("evaluate");
    List<String> command =
        List.of(
            "./millrace",
            "evaluate",
            "--release",
            "latest",
            "--data",
            from,
            "--data-dir",
            dataDir.toString(),
            "--bank",
            "" + bank,
            "--queries",
            "" + queries,
            "--out",
            out.toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command + " ended with " + process.exitValue());
    }
    return JSON.readTree(out.resolve("evaluate.json").toFile());
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
    for (int s = seed; s < seed + seeds; s++) {
      int of = s;
      List<Map<String, Object>> its = rows.stream().filter(r -> r.get("seed").equals(of)).toList();
      for (String series : List.of("trained, kNN %", "untrained, kNN %", RAW)) {
        if (series.equals(RAW) && s > seed) {
          continue; // pixels are the same for all seeds
        }
        String seedOf = seeds == 1 || series.equals(RAW) ? "" : ", seed " + s;
        chart
            .addSeries(
                series.replace(", kNN %", "") + seedOf,
                its.stream().mapToDouble(r -> (double) r.get("minutes")).toArray(),
                its.stream().mapToDouble(r -> (double) r.get(series)).toArray())
            .setMarker(SeriesMarkers.NONE);
      }
    }
    Files.createDirectories(out);
    BitmapEncoder.saveBitmap(chart, out.resolve(name).toString(), BitmapFormat.PNG);
  }
}
