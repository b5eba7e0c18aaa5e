package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Supervised training on few labels in PyTorch, without and with an auxiliary loss over HTTP: what
 * {@code examples/pytorch_few_labels.py} prints against a release of a demo.
 */
@Command(
    name = "auxiliary",
    description = "Accuracy at 1 % of the labels without and with the auxiliary loss, over seeds.")
final class AuxiliaryBench extends Benchmark {
  @Option(names = "--images", required = true, description = "Zip of labeled images.")
  Path images;

  @Option(
      names = "--data-dir",
      required = true,
      description = "Folder of a demo that has ended; its newest release teaches.")
  Path dataDir;

  @Option(
      names = "--method",
      defaultValue = "distillation",
      description = "Of the loss (${DEFAULT-VALUE}).")
  String method;

  @Option(names = "--weight", defaultValue = "1", description = "Of the loss (${DEFAULT-VALUE}).")
  double weight;

  @Option(names = "--seeds", defaultValue = "5", description = "Seeds 1 to N (${DEFAULT-VALUE}).")
  int seeds;

  @Option(
      names = "--steps",
      defaultValue = "800",
      description = "Updates of each run (${DEFAULT-VALUE}).")
  int steps;

  @Option(
      names = "--python",
      defaultValue = "python3",
      description = "One that has torch and Pillow (${DEFAULT-VALUE}).")
  String python;

  AuxiliaryBench() {
    this.images = Path.of("");
    this.dataDir = Path.of("");
    this.method = "distillation";
    this.python = "python3";
  }

  @Override
  Result measure() throws Exception {
    DemoRelease teacher = DemoRelease.newest(dataDir);
    var without = new TreeMap<Integer, Double>();
    var with = new TreeMap<Integer, Double>();
    try (var server = new CallServer(teacher.manifest(), teacher.folder())) {
      train(server.address(), without, with);
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    double[] gains = new double[seeds];
    for (int seed = 1; seed <= seeds; seed++) {
      gains[seed - 1] = with.get(seed) - without.get(seed);
      rows.add(line("" + seed, without.get(seed), with.get(seed), gains[seed - 1]));
    }
    rows.add(line("mean", mean(values(without)), mean(values(with)), mean(gains)));
    rows.add(line("spread", spread(values(without)), spread(values(with)), spread(gains)));
    return new Result(
        "auxiliary",
        "Accuracy on the test images of "
            + images.getFileName()
            + ", %, after "
            + steps
            + " updates on 1 % of the labels; the loss: "
            + method
            + " of "
            + teacher.manifest().key()
            + " ("
            + teacher.manifest().method()
            + ", "
            + teacher.manifest().step()
            + " updates), weight "
            + weight
            + "; spread: one standard deviation",
        rows);
  }

  private void train(String address, Map<Integer, Double> without, Map<Integer, Double> with)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            python,
            "examples/pytorch_few_labels.py",
            images.toString(),
            "--millrace",
            address,
            "--method",
            method,
            "--weight",
            "" + weight,
            "--seeds",
            "" + seeds,
            "--steps",
            "" + steps);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    var json = new ObjectMapper();
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.err.println(line);
        JsonNode run = json.readTree(line);
        (run.path("auxiliary").isNull() ? without : with)
            .put(run.path("seed").asInt(), run.path("accuracy").asDouble());
      }
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command + " ended with " + process.exitValue());
    }
  }

  private static Map<String, Object> line(String seed, double without, double with, double gain) {
    return row("seed", seed, "without", without, "with", with, "gain", gain);
  }

  private static double[] values(Map<Integer, Double> bySeed) {
    return bySeed.values().stream().mapToDouble(v -> v).toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  /** Sample standard deviation. */
  private static double spread(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squares / (values.length - 1));
  }
}
