package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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

  @Option(names = "--method", defaultValue = "byol", description = "Method (${DEFAULT-VALUE}).")
  String method;

  @Option(names = "--set", description = "Further settings, KEY=VALUE.")
  List<String> settings;

  @Option(names = "--name", defaultValue = "curve", description = "Name of the result's files.")
  String name;

  CurveBench() {
    this.images = "";
    this.duration = "20m";
    this.method = "byol";
    this.settings = new ArrayList<>();
    this.name = "curve";
  }

  @Override
  Result measure() throws Exception {
    int port = freePort();
    List<String> command =
        new ArrayList<>(
            List.of("./millrace", "demo", "--images", images, "--method", method, "--duration"));
    command.addAll(List.of(duration, "--port", Integer.toString(port)));
    settings.forEach(s -> command.addAll(List.of("--set", s)));
    Process demo = new ProcessBuilder(command).inheritIO().start();
    var rows = new ArrayList<Map<String, Object>>();
    long started = System.nanoTime();
    while (!demo.waitFor(2, TimeUnit.SECONDS)) {
      JsonNode monitors = status(port).path("learner").path("monitors");
      if (!monitors.has("knn")) {
        continue;
      }
      JsonNode learner = status(port).path("learner");
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
    plot(rows);
    return new Result(
        name,
        "./millrace demo, " + method + ", " + Path.of(images).getFileName() + ", " + duration,
        rows);
  }

  /** The running demo's status; an empty object while it does not answer. */
  private static JsonNode status(int port) throws InterruptedException {
    try {
      return JSON.readTree(
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/status"))
                      .build(),
                  BodyHandlers.ofString())
              .body());
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }

  private void plot(List<Map<String, Object>> rows) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(800)
            .height(450)
            .title("kNN (k = 20) over time, " + method + ", " + Path.of(images).getFileName())
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
    java.nio.file.Files.createDirectories(out);
    BitmapEncoder.saveBitmap(chart, out.resolve(name).toString(), BitmapFormat.PNG);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
