package io.millrace.learner.bench;

import static io.millrace.learner.bench.Result.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.experiment.MeanStd;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Supervised training on few labels in PyTorch, without and with an auxiliary loss over HTTP: what
 * {@code examples/pytorch_few_labels.py} prints against a release of a demo.
 */
@Command(
    name = "auxiliary",
    description = "Accuracy on few labels without and with the auxiliary loss, over seeds.")
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

  @Option(names = "--weight", defaultValue = "10", description = "Of the loss (${DEFAULT-VALUE}).")
  double weight;

  @Option(
      names = "--labels",
      defaultValue = "0.01",
      description = "Share of the images that keeps its label (${DEFAULT-VALUE}).")
  double labels;

  @Option(names = "--seeds", defaultValue = "5", description = "Seeds 1 to N (${DEFAULT-VALUE}).")
  int seeds;

  @Option(
      names = "--steps",
      defaultValue = "800",
      description = "Updates of each run (${DEFAULT-VALUE}).")
  int steps;

  @Option(
      names = "--longer",
      defaultValue = "4",
      description =
          "So many times the updates without the loss, whose updates cost less"
              + " (${DEFAULT-VALUE}).")
  int longer;

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
    if (longer < 2 || seeds < 2) {
      throw new IllegalArgumentException(
          "--longer is " + longer + ", --seeds " + seeds + ": expected 2 or more");
    }
    DemoRelease teacher = DemoRelease.newest(dataDir);
    List<Runs> runs = new ArrayList<>();
    try (var server = new CallServer(teacher.manifest(), teacher.folder())) {
      train(server.address(), runs);
    }
    List<Map<String, Object>> rows = new ArrayList<>();
    runs.forEach(r -> rows.add(line("" + r.seed, r.without, r.longer, r.with)));
    rows.add(
        line(
            "mean",
            mean(runs, r -> r.without),
            mean(runs, r -> r.longer),
            mean(runs, r -> r.with)));
    var spread =
        line(
            "spread",
            spread(runs, r -> r.without),
            spread(runs, r -> r.longer),
            spread(runs, r -> r.with));
    spread.put("gain", spread(runs, r -> r.with - r.without));
    spread.put("gain over longer", spread(runs, r -> r.with - r.longer));
    rows.add(spread);
    rows.add(
        row(
            "seed",
            "seconds",
            "without",
            mean(runs, r -> r.secondsWithout),
            "longer",
            mean(runs, r -> r.secondsLonger),
            "with",
            mean(runs, r -> r.secondsWith)));
    return new Result(
        "auxiliary-" + Math.round(100 * labels),
        "Accuracy on the test images of %s, %%, on %s %% of the labels: after %d updates without, %d updates without and %d updates with the loss (%s of %s: %s, %d updates; weight %s); spread: one standard deviation"
            .formatted(
                images.getFileName(),
                100 * labels,
                steps,
                longer * steps,
                steps,
                method,
                teacher.manifest().key(),
                teacher.manifest().method(),
                teacher.manifest().step(),
                weight),
        rows);
  }

  /** What one seed came to: accuracies in percent. */
  private static final class Runs {
    final int seed;
    double without;
    double longer;
    double with;
    double secondsWithout;
    double secondsLonger;
    double secondsWith;

    Runs(int seed) {
      this.seed = seed;
    }

    void take(JsonNode run, int steps) {
      double accuracy = run.path("accuracy").asDouble();
      double seconds = run.path("seconds").asDouble();
      if (!run.path("auxiliary").isNull()) {
        with = accuracy;
        secondsWith = seconds;
      } else if (run.path("updates").asInt() == steps) {
        without = accuracy;
        secondsWithout = seconds;
      } else {
        longer = accuracy;
        secondsLonger = seconds;
      }
    }
  }

  private void train(String address, List<Runs> runs) throws IOException, InterruptedException {
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
            "--labels",
            "" + labels,
            "--longer",
            "" + longer,
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
        int seed = run.path("seed").asInt();
        if (runs.size() < seed) {
          runs.add(new Runs(seed));
        }
        runs.get(runs.size() - 1).take(run, steps);
      }
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command + " ended with " + process.exitValue());
    }
  }

  private static Map<String, Object> line(String seed, double without, double longer, double with) {
    return row(
        "seed",
        seed,
        "without",
        without,
        "longer",
        longer,
        "with",
        with,
        "gain",
        with - without,
        "gain over longer",
        with - longer);
  }

  private static double mean(List<Runs> runs, ToDoubleFunction<Runs> value) {
    return over(runs, value).mean();
  }

  private static double spread(List<Runs> runs, ToDoubleFunction<Runs> value) {
    return over(runs, value).deviation();
  }

  private static MeanStd over(List<Runs> runs, ToDoubleFunction<Runs> value) {
    return MeanStd.of(runs.stream().mapToDouble(value).toArray());
  }
}
