package io.millrace.ops.cli;

import io.millrace.learner.compare.Budget;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.registry.Methods;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.experiment.CompareExperiment;
import io.millrace.ops.experiment.CompareReport;
import io.millrace.ops.experiment.Measuring;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.experiment.TrialArms;
import io.millrace.ops.experiment.TrialExperiment;
import io.millrace.ops.experiment.TrialReport;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.WrittenFiles;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace compare}. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Trains methods one after another on the same images for the same budget, without Kafka, and "
          + "writes a table, compare.json and compare.svg: kNN, linear probe, speed, feature std, "
          + "RankMe.",
      "It takes the demo's network and settings; --config and --set are laid over them. A method "
          + "that fails is reported, the others go on, and the exit code is 1."
    },
    footer = {
      "",
      "Examples:",
      "  millrace compare --images photos.zip --budget 5m",
      "  millrace compare --methods byol,obow --images photos.zip \\",
      "      --budget-images 50000 --out out",
      "  millrace compare --images photos.zip --arms arms.yaml --seeds 3 --budget 8m",
      "  millrace compare --images photos.zip --set model.backbone.width=0.25 \\",
      "      --set learner.batchSize=128"
    })
final class CompareCommand implements Callable<Integer> {
  private static final String ALL = "all";

  @Mixin private PresetOptions common = new PresetOptions();

  @Option(
      names = "--methods",
      paramLabel = "NAMES",
      defaultValue = ALL,
      description = "Methods with commas between them, or 'all' (${DEFAULT-VALUE}).")
  private String methods = ALL;

  @Option(
      names = "--images",
      required = true,
      paramLabel = "PATH",
      description =
          "A folder, .zip, .tar or .tar.gz of JPEG and PNG images, or 'synthetic'. A test/ folder "
              + "in it is held out, or a tenth of each class.")
  private String images = "";

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description = "Time in which each method learns, such as 90s or 5m (5m).")
  private @Nullable Duration budget;

  @Option(
      names = "--budget-images",
      paramLabel = "N",
      description = "Stream images that each method learns from, instead of a time.")
  private @Nullable Long budgetImages;

  @Option(
      names = "--stream-images",
      paramLabel = "N",
      defaultValue = "50000",
      description =
          "Distinct images of the stream, at most; a longer budget goes through them again "
              + "(${DEFAULT-VALUE}).")
  private long streamImages;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of everything drawn (1).")
  private @Nullable Long seed;

  @Option(
      names = "--arms",
      paramLabel = "FILE",
      description =
          "Arms of settings instead of methods: YAML of 'all: [KEY=VALUE, …]' and 'arms: {NAME: "
              + "[KEY=VALUE, …]}'. Writes arms.json.")
  private @Nullable Path arms;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1",
      description = "With --arms: runs of each arm, from --seed on (${DEFAULT-VALUE}).")
  private int seeds = 1;

  @Option(
      names = "--probes",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "How often kNN is measured on the way, evenly over the budget (${DEFAULT-VALUE}); the "
              + "JSON has the curve, and with --arms a plot, too.")
  private int probes;

  @Option(
      names = "--layers",
      description =
          "Measure each stage of the network, too, averaged over its map, by itself and beside the"
              + " output: what model.representation can be.")
  private boolean layers;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "millrace-compare",
      description = "Folder of compare.json and compare.svg (${DEFAULT-VALUE}).")
  private Path out = Path.of("millrace-compare");

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config =
        CommonOptions.withKnownEngine(
            CommonOptions.with(common.read(PackagedConfig.demoConfig()), "model.seed", seed));
    Budget spend = spend();
    if (probes < 0) {
      throw new ConfigException("--probes is " + probes + ": expected 0 or more");
    }
    if (streamImages < 2) {
      throw new ConfigException("--stream-images is " + streamImages + ": expected 2 or more");
    }
    if (arms != null) {
      return runArms(config, spend, arms);
    }
    Map<String, Method> wanted = new LinkedHashMap<>();
    Map<String, String> refused = new LinkedHashMap<>();
    for (String name : names()) {
      try {
        Method method = Methods.create(name, config.model(), config.methods());
        method.requireInputs();
        wanted.put(name, method);
      } catch (IllegalArgumentException e) {
        if (!methods.equals(ALL)) {
          throw new ConfigException("method " + name + ": " + e.getMessage());
        }
        refused.put(name, "not run: " + e.getMessage());
      }
    }
    CommonOptions.warn(config.doubts(wanted.keySet()));
    Sources.require(images);
    RunUntilShutdown.listening();
    long most = budgetImages == null ? streamImages : Math.min(streamImages, budgetImages);
    try (var written = new WrittenFiles(out)) {
      CompareReport report;
      try (var line = LiveLine.onStderr()) {
        report =
            new CompareExperiment(
                    config,
                    images,
                    spend,
                    most,
                    new Measuring(LinearProbeSettings.defaults(), probes, layers),
                    written,
                    Clock.systemUTC(),
                    line)
                .run(wanted, refused);
      }
      System.out.print(report.table());
      if (layers) {
        System.out.print("\n" + report.bestLayers());
      }
      return report.failed() ? 1 : 0;
    }
  }

  /** Every arm is checked before the first begins. */
  private int runArms(MillraceConfig config, Budget spend, Path file) throws Exception {
    if (!methods.equals(ALL)) {
      throw new ConfigException("--arms and --methods are both given: an arm sets its method");
    }
    if (seeds < 1) {
      throw new ConfigException("--seeds is " + seeds + ": expected 1 or more");
    }
    TrialArms read = TrialArms.read(file);
    List<TrialExperiment.Arm> all = new ArrayList<>();
    for (int s = 0; s < seeds; s++) {
      long own = config.model().seed() + s;
      for (var arm : read.arms().entrySet()) {
        try {
          MillraceConfig laid =
              CommonOptions.withKnownEngine(ConfigReader.over(config, arm.getValue()));
          laid = CommonOptions.with(laid, "model.seed", own);
          laid.newMethod();
          all.add(new TrialExperiment.Arm(arm.getKey(), arm.getValue(), own, laid));
        } catch (IllegalArgumentException | ConfigException e) {
          throw new ConfigException(file + ": arm " + arm.getKey() + ": " + e.getMessage());
        }
      }
    }
    MillraceConfig base = ConfigReader.over(config, read.all());
    for (TrialExperiment.Arm arm : all) {
      if (!arm.config().learner().probe().equals(base.learner().probe())) {
        throw new ConfigException(
            file
                + ": arm "
                + arm.name()
                + " sets learner.probe: it is the same for every arm, set it in 'all'");
      }
    }
    Sources.require(images);
    RunUntilShutdown.listening();
    try (var written = new WrittenFiles(out)) {
      TrialReport report;
      try (var line = LiveLine.onStderr()) {
        report =
            new TrialExperiment(
                    base,
                    images,
                    spend,
                    streamImages,
                    new Measuring(LinearProbeSettings.defaults(), probes, layers),
                    written,
                    Clock.systemUTC(),
                    line)
                .run(all);
      }
      System.out.print(report.text());
      return report.isFailed() ? 1 : 0;
    }
  }

  private Budget spend() {
    if (budget != null && budgetImages != null) {
      throw new ConfigException("--budget and --budget-images are both given: expected one");
    }
    try {
      return budgetImages == null
          ? Budget.ofTime(budget == null ? Duration.ofMinutes(5) : budget)
          : Budget.ofImages(budgetImages);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--budget: " + e.getMessage());
    }
  }

  private List<String> names() {
    if (methods.equals(ALL)) {
      return Methods.names();
    }
    List<String> names = Arrays.stream(methods.split(",")).map(String::strip).distinct().toList();
    for (String name : names) {
      if (!Methods.names().contains(name)) {
        throw new ConfigException(
            "--methods names '" + name + "': expected 'all' or some of " + Methods.names());
      }
    }
    return names;
  }
}
