package io.millrace.learner.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a person sees after the demo: kNN, rate and memory, over seeds. */
@Command(name = "demo", description = "Runs ./millrace demo over seeds and collects its summaries.")
final class DemoBench extends Benchmark {
  @Option(names = "--seeds", defaultValue = "3", description = "Seeds 1 to N (${DEFAULT-VALUE}).")
  int seeds;

  @Option(names = "--duration", defaultValue = "3m", description = "Of each (${DEFAULT-VALUE}).")
  String duration;

  @Option(names = "--method", description = "Method (the demo's).")
  @Nullable String method;

  @Option(
      names = "--images",
      defaultValue = "synthetic",
      description = "Images (default ${DEFAULT-VALUE}).")
  String images;

  @Option(names = "--name", defaultValue = "demo", description = "Name of the result's file.")
  String name;

  DemoBench() {
    this.duration = "3m";
    this.images = "synthetic";
    this.name = "demo";
  }

  @Override
  Result measure() throws Exception {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int seed = 1; seed <= seeds; seed++) {
      Path file = Files.createTempFile("millrace-demo", ".json");
      List<String> command = new ArrayList<>(List.of("./millrace", "demo", "--images", images));
      if (method != null) {
        command.addAll(List.of("--method", method));
      }
      command.addAll(List.of("--duration", duration, "--port", "0"));
      command.addAll(List.of("--seed", Integer.toString(seed), "--summary", file.toString()));
      int code = new ProcessBuilder(command).inheritIO().start().waitFor();
      if (code != 0) {
        throw new IllegalStateException(String.join(" ", command) + " ended with " + code);
      }
      rows.add(summary(seed, file));
      Files.delete(file);
    }
    rows.add(mean(rows));
    String from = images.equals("synthetic") ? images : Path.of(images).getFileName().toString();
    return new Result(
        name,
        "./millrace demo, "
            + (method == null ? "the demo's method" : method)
            + ", "
            + from
            + ", "
            + duration
            + " each",
        rows);
  }

  private static Map<String, Object> summary(int seed, Path file) throws IOException {
    JsonNode s = new ObjectMapper().readTree(file.toFile());
    return Result.row(
        "seed", Integer.toString(seed),
        "raw pixels, kNN %", s.at("/knn/raw").asDouble(),
        "untrained, kNN %", s.at("/knn/untrained").asDouble(),
        "trained, kNN %", s.at("/knn/trained").asDouble(),
        "skill, first", s.at("/skill/first").asDouble(),
        "skill, last", s.at("/skill/last").asDouble(),
        "images/s", s.at("/imagesPerSecond").asDouble(),
        "steps", s.at("/steps").asDouble(),
        "embeddings", s.at("/embeddings").asDouble(),
        "resident, GiB", s.at("/peakResidentBytes").asDouble() / (1L << 30));
  }

  private static Map<String, Object> mean(List<Map<String, Object>> rows) {
    var mean = Result.row("seed", "mean");
    for (String key : rows.get(0).keySet()) {
      if (!key.equals("seed")) {
        mean.put(key, rows.stream().mapToDouble(r -> (Double) r.get(key)).average().orElse(0));
      }
    }
    return mean;
  }
}
