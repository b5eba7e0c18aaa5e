package io.millrace.ops.cli;

import io.millrace.learner.auxiliary.AuxiliaryTrainer;
import io.millrace.learner.evaluate.FineTuneSettings;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.registry.Methods;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.experiment.FineTuneExperiment;
import io.millrace.ops.experiment.FineTunePlan;
import io.millrace.ops.experiment.FineTuneReport;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.WrittenFiles;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace finetune}. */
@Command(
    name = "finetune",
    mixinStandardHelpOptions = true,
    description = {
      "Trains a classifier on labeled images from a release and, for the same budget, from"
          + " scratch, and tells the accuracy of both on held-out images (a test/ folder, or a"
          + " tenth of each class).",
      "The classifier from the release is written as a release of its own, which serving loads."
    },
    footer = {
      "",
      "Examples:",
      "  millrace finetune --release latest --data photos.zip --config millrace.yaml",
      "  millrace finetune --release 3 --data photos.zip --data-dir ./demo \\",
      "      --label-fraction 0.01",
      "  millrace finetune --release 3 --data photos.zip --data-dir ./demo \\",
      "      --auxiliary byol \\",
      "      --weight 0.5 --set model.backbone.width=0.125",
      "  millrace finetune --release latest --data photos.zip \\",
      "      --publish photos-classifier"
    })
final class FineTuneCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Mixin private ReleaseChoice release = new ReleaseChoice();

  @Option(
      names = "--data",
      required = true,
      paramLabel = "PATH",
      description = "Labeled images: a folder or archive with a folder for each class.")
  private String data = "";

  @Option(
      names = "--label-fraction",
      split = ",",
      paramLabel = "F",
      description = "Share of each class's labels to train on; several with commas (0.01,0.1,1).")
  private List<Double> fractions = new ArrayList<>();

  @Option(names = "--freeze", description = "Train the head alone; the backbone stays as it is.")
  private boolean freeze;

  @Option(
      names = "--budget-images",
      paramLabel = "N",
      description = "Labeled images that each training sees, again and again (20000).")
  private @Nullable Long budgetImages;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the labeled images, instead of a number of images.")
  private @Nullable Integer epochs;

  @Option(names = "--batch-size", paramLabel = "N", description = "Images of one update (64).")
  private @Nullable Integer batchSize;

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      description = "First rate of the head; it falls to 0 along half a cosine (0.05).")
  private @Nullable Double learningRate;

  @Option(
      names = "--backbone-rate",
      paramLabel = "F",
      description = "The backbone's rate ÷ the head's (1).")
  private double backboneRate = 1;

  @Option(
      names = "--auxiliary",
      paramLabel = "METHOD",
      description =
          "Also train with this method's loss beside the task's, on all training images without "
              + "their labels, with the settings of methods.METHOD.")
  private @Nullable String auxiliary;

  @Option(
      names = "--weight",
      paramLabel = "λ",
      defaultValue = "1",
      description = "Weight of the auxiliary loss (${DEFAULT-VALUE}).")
  private double weight = 1;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1",
      description = "Trainings of each kind, each with another seed (${DEFAULT-VALUE}).")
  private int seeds = 1;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The first seed (${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--train-images",
      paramLabel = "N",
      defaultValue = "50000",
      description = "Training images, at most (${DEFAULT-VALUE}).")
  private long trainImages;

  @Option(
      names = "--test-images",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Held-out images, at most (${DEFAULT-VALUE}).")
  private long testImages;

  @Option(
      names = "--publish",
      paramLabel = "MODEL",
      description =
          "Also publish the classifier's backbone as a release of this model, so that "
              + "'millrace run --roles serving --set learner.model=MODEL' serves it.")
  private @Nullable String publish;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "millrace-finetune",
      description =
          "Folder of finetune.json, finetune.svg, and the model: manifest.json and its weights "
              + "(${DEFAULT-VALUE}).")
  private Path out = Path.of("millrace-finetune");

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = CommonOptions.withWarnings(common.read(MillraceConfig.defaults()));
    Sources.require(data);
    FineTunePlan plan = plan(config);
    RunUntilShutdown.listening();
    try (var written = new WrittenFiles(out)) {
      FineTuneReport report;
      try (var line = LiveLine.onStderr()) {
        report =
            release.in(
                config,
                (there, manifest, releases) ->
                    new FineTuneExperiment(there, data, plan, written, Clock.systemUTC(), line)
                        .run(manifest, releases));
      }
      System.out.print(report.table());
    }
    return 0;
  }

  private FineTunePlan plan(MillraceConfig config) {
    List<Double> shares = fractions.isEmpty() ? List.of(0.01, 0.1, 1.0) : fractions;
    for (double share : shares) {
      if (!(share > 0 && share <= 1)) {
        throw new ConfigException("--label-fraction is " + share + ": expected over 0, at most 1");
      }
    }
    positive("--seeds", seeds);
    positive("--train-images", trainImages);
    positive("--test-images", testImages);
    if (epochs != null && budgetImages != null) {
      throw new ConfigException("--epochs and --budget-images are both given: expected one");
    }
    positive("--epochs", epochs == null ? 1 : epochs);
    positive("--budget-images", budgetImages == null ? 1 : budgetImages);
    String model = publish;
    if (model != null && !model.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")) {
      throw new ConfigException(
          "--publish is '" + model + "': expected 1 to 100 letters, digits, '.', '_' or '-'");
    }
    checkAuxiliary(config);
    return new FineTunePlan(
        shares,
        epochs,
        budgetImages == null ? 20_000 : budgetImages,
        settings(config),
        auxiliary,
        weight,
        seeds,
        seed,
        trainImages,
        testImages,
        model);
  }

  private FineTuneSettings settings(MillraceConfig config) {
    FineTuneSettings d = FineTuneSettings.defaults();
    try {
      return d.withSize(config.model().preprocessing().size())
          .withFreeze(freeze)
          .withBackboneRate(backboneRate)
          .withBatch(
              batchSize == null ? d.batchSize() : batchSize,
              learningRate == null ? d.learningRate() : learningRate);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "--batch-size, --learning-rate, --backbone-rate: " + e.getMessage());
    }
  }

  private void checkAuxiliary(MillraceConfig config) {
    String name = auxiliary;
    if (name == null) {
      return;
    }
    if (freeze) {
      throw new ConfigException(
          "--auxiliary and --freeze are both given: an auxiliary loss trains the backbone");
    }
    if (!Methods.names().contains(name)) {
      throw new ConfigException(
          "--auxiliary is '" + name + "': expected one of " + Methods.names());
    }
    if (!(weight >= 0 && weight <= 1e6)) {
      throw new ConfigException("--weight is " + weight + ": expected 0 to 1000000");
    }
    try {
      Method method = Methods.create(name, config.model(), config.methods());
      AuxiliaryTrainer.singlePass(method).requireInputs();
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--auxiliary " + name + ": " + e.getMessage());
    }
  }

  private static void positive(String option, long value) {
    if (value < 1) {
      throw new ConfigException(option + " is " + value + ": expected 1 or more");
    }
  }
}
