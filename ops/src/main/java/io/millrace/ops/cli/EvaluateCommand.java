package io.millrace.ops.cli;

import io.millrace.learner.evaluate.FewShotSettings;
import io.millrace.learner.evaluate.ProbeSettings;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.experiment.Evaluation;
import io.millrace.ops.experiment.Plot;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.WrittenFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace evaluate}. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Tells how well a release separates classes it was never told of: prints JSON, and writes it "
          + "with a plot.",
      "kNN and linear-probe accuracy in percent on the held-out part of labeled images (a test/ "
          + "folder, or a tenth of each class): of the release, of the same network untrained, and "
          + "of raw pixels."
    },
    footer = {
      "",
      "Examples:",
      "  millrace evaluate --release latest --data photos.zip --config millrace.yaml",
      "  millrace evaluate --release 3 --data photos.zip --data-dir ./demo",
      "  millrace evaluate --release 3 --data photos.zip --data-dir ./demo \\",
      "      --few-shot 5,1"
    })
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Mixin private ReleaseChoice release = new ReleaseChoice();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "PATH",
      description = "Labeled images: a folder or archive with a folder for each class.")
  private String data = "";

  @Option(names = "--k", paramLabel = "N", description = "Neighbors that vote (20).")
  private @Nullable Integer k;

  @Option(
      names = "--bank",
      paramLabel = "N",
      description =
          "Labeled images that kNN searches and the linear probe is trained on, at most (2000).")
  private @Nullable Integer bank;

  @Option(
      names = "--queries",
      paramLabel = "N",
      description = "Labeled images to ask about, at most (1000).")
  private @Nullable Integer queries;

  @Option(
      names = "--bank-from",
      paramLabel = "PART",
      defaultValue = "HELD_OUT",
      description =
          "Where the bank comes from: held_out, images that the stream never shows, or train, as "
              + "the field does where data has a part for training (held_out).")
  private Evaluation.BankFrom bankFrom = Evaluation.BankFrom.HELD_OUT;

  @Option(
      names = "--few-shot",
      paramLabel = "N,K",
      description = "Also N-way K-shot: 600 episodes, nearest centroid, mean and 95 %% interval.")
  private @Nullable String fewShot;

  @Option(
      names = "--layers",
      description = "Also each stage of the network, averaged over its map: model.representation.")
  private boolean layers;

  @Option(
      names = "--augment",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Also a linear probe trained on N random crops of each image, mirrored or not, as papers"
              + " run it: N times the work (0, none).")
  private int augment;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of what is drawn (1).")
  private long seed = 1;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "millrace-evaluate",
      description = "Folder of evaluate.json and evaluate.svg (${DEFAULT-VALUE}).")
  private Path out = Path.of("millrace-evaluate");

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = CommonOptions.withWarnings(common.read(MillraceConfig.defaults()));
    Sources.require(data);
    ProbeSettings settings = settings(config.learner().probe());
    FewShotSettings episodes = episodes();
    if (augment < 0 || augment > 1000) {
      throw new ConfigException("--augment is " + augment + ": expected 0 to 1000");
    }
    RunUntilShutdown.listening();
    Evaluation.Result result =
        release.in(
            config,
            (there, manifest, releases) ->
                new Evaluation(there, data, settings, bankFrom, episodes, layers, augment, seed)
                    .run(manifest, releases));
    String json = Json.pretty(result);
    System.out.print(json);
    try (var written = new WrittenFiles(out)) {
      written.write("evaluate.json", file -> Files.writeString(file, json));
      written.write("evaluate.svg", file -> Plot.write(file, result.panels()));
    }
    return 0;
  }

  private ProbeSettings settings(ProbeSettings defaults) {
    try {
      return new ProbeSettings(
          defaults.everySeconds(),
          k == null ? defaults.k() : k,
          bank == null ? defaults.bank() : bank,
          queries == null ? defaults.queries() : queries);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--" + e.getMessage());
    }
  }

  private @Nullable FewShotSettings episodes() {
    String text = fewShot;
    if (text == null) {
      return null;
    }
    if (!text.matches("\\d{1,6},\\d{1,6}")) {
      throw new ConfigException(
          "--few-shot is '" + text + "': expected classes and images of each, such as 5,1");
    }
    String[] parts = text.split(",");
    try {
      return FewShotSettings.of(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), seed);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          String.format(Locale.ROOT, "--few-shot %s: %s", text, e.getMessage()));
    }
  }
}
