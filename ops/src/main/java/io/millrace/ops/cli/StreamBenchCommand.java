package io.millrace.ops.cli;

import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.stream.Protocol;
import io.millrace.learner.stream.ProtocolSettings;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.experiment.StreamBenchExperiment;
import io.millrace.ops.experiment.StreamBenchPlan;
import io.millrace.ops.experiment.StreamBenchReport;
import io.millrace.ops.experiment.StreamPreset;
import io.millrace.ops.experiment.StreamVariant;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.WrittenFiles;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace streambench}. */
@Command(
    name = "streambench",
    mixinStandardHelpOptions = true,
    description = {
      "Goes once through a stream in a known order, without Kafka, with every method, replay policy"
          + " and seed asked for, and writes a table, streambench.json and streambench.svg: kNN and"
          + " linear probe over images seen, average and final, forgetting, backward transfer,"
          + " monitors, images/s.",
      "Protocols: iid (shuffled), correlated (clips by slow pan, zoom and light change, in order), "
          + "split (classes in tasks), drift (a class mix that changes smoothly).",
      "It takes the demo's network and settings; --config and --set are laid over them."
    },
    footer = {
      "",
      "Examples:",
      "  millrace streambench --protocol correlated --method byol --images synthetic \\",
      "      --policy minimum-redundancy,fifo,none --against minimum-redundancy \\",
      "      --budget-images 6000 --seeds 3",
      "  millrace streambench --protocol split --tasks 5 --policy reservoir \\",
      "      --images cifar10.zip",
      "  millrace streambench --preset cmp-cifar100 --images cifar100.zip  (for a GPU)"
    })
final class StreamBenchCommand implements Callable<Integer> {
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description =
          "Protocol, policies and settings of a known benchmark: cmp-cifar100 (for a GPU),"
              + " split-cifar10, correlated-cifar10, warm-start. Other options win over it.")
  private @Nullable String preset;

  @Option(
      names = "--protocol",
      paramLabel = "NAME",
      description = "iid, split, correlated or drift (iid).")
  private @Nullable Protocol protocol;

  @Option(
      names = "--policy",
      paramLabel = "NAMES",
      description =
          "Replay policies with commas between them; 'none' keeps nothing. (The configured one.)")
  private @Nullable String policies;

  @Option(
      names = "--against",
      paramLabel = "POLICY",
      description =
          "Also learns, with this policy, from the same images in shuffled order, and prints each "
              + "other rise of kNN as a share of that one's.")
  private @Nullable String against;

  @Option(
      names = "--variant",
      paramLabel = "'NAME: KEY=VALUE …'",
      description =
          "One more way of learning: the first policy, with these settings laid over the others,"
              + " such as --variant 'aligned: model.alignment.weight=1'. May be repeated.")
  private List<String> variants = new ArrayList<>();

  @Option(
      names = "--method",
      paramLabel = "NAMES",
      description = "Methods with commas between them. (The configured one.)")
  private @Nullable String methods;

  @Option(
      names = "--images",
      required = true,
      paramLabel = "PATH",
      description =
          "A folder, .zip, .tar or .tar.gz of JPEG and PNG images, or 'synthetic'. A test/ folder "
              + "in it is held out, or a tenth of each class.")
  private String images = "";

  @Option(
      names = "--budget-images",
      paramLabel = "N",
      defaultValue = "50000",
      description = "Images of the stream at most (${DEFAULT-VALUE}).")
  private long budgetImages;

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description = "Time of learning at most for each run, such as 90s or 5m; also ends a stream.")
  private @Nullable Duration budget;

  @Option(
      names = "--stream-batch",
      paramLabel = "N",
      description =
          "Images of the stream that are consumed at a time; replay fills the update up to "
              + "learner.batchSize. (10 for split, a quarter of learner.batchSize for correlated "
              + "and drift, all of it for iid.)")
  private @Nullable Integer streamBatch;

  @Option(names = "--tasks", paramLabel = "T", description = "Tasks of split (5).")
  private @Nullable Integer tasks;

  @Option(
      names = "--clip-frames",
      paramLabel = "K",
      description = "Frames that the correlated protocol cuts from one still image (16).")
  private @Nullable Integer clipFrames;

  @Option(
      names = "--drift-strength",
      paramLabel = "S",
      description = "How far drift's class mix sways, 0 to 1 (1).")
  private @Nullable Double driftStrength;

  @Option(
      names = "--imbalance",
      paramLabel = "R",
      description = "In drift, images of the largest class for one of the smallest (1).")
  private @Nullable Double imbalance;

  @Option(
      names = "--probes",
      paramLabel = "N",
      description = "How often accuracy is measured on the way, evenly over the images (10).")
  private @Nullable Integer probes;

  @Option(names = "--seed", paramLabel = "N", description = "First seed of everything drawn (1).")
  private @Nullable Long seed;

  @Option(names = "--seeds", paramLabel = "N", description = "Seeds, from the first on (1).")
  private @Nullable Integer seeds;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "millrace-streambench",
      description = "Folder of streambench.json and streambench.svg (${DEFAULT-VALUE}).")
  private Path out = Path.of("millrace-streambench");

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    StreamPreset named = preset == null ? null : StreamPreset.named(preset);
    MillraceConfig config =
        CommonOptions.withWarnings(
            CommonOptions.with(
                common.read(named == null ? PackagedConfig.demoConfig() : named.configuration()),
                "model.seed",
                seed));
    StreamBenchPlan plan = plan(config, named);
    Sources.require(images);
    try (ImageSource source = Sources.open(images, config.synthetic().withImages(0))) {
      try {
        plan.protocol().requireFit(source.labels().size(), plan.settings());
      } catch (IllegalArgumentException e) {
        throw new ConfigException(images + ": " + e.getMessage());
      }
      RunUntilShutdown.listening();
      try (var written = new WrittenFiles(out)) {
        StreamBenchReport report;
        try (var line = LiveLine.onStderr()) {
          report =
              new StreamBenchExperiment(config, source, plan, written, Clock.systemUTC(), line)
                  .run();
        }
        System.out.print(report.table());
        return report.failed() ? 1 : 0;
      }
    }
  }

  private StreamBenchPlan plan(MillraceConfig config, @Nullable StreamPreset named) {
    Protocol chosen = or(protocol, named == null ? Protocol.IID : named.protocol());
    requireUse(chosen);
    int batch = config.learner().batchSize();
    int fresh =
        switch (chosen) {
          case IID -> batch;
          case SPLIT -> Math.min(10, batch);
          case CORRELATED, DRIFT -> Math.max(2, batch / 4);
        };
    try {
      return new StreamBenchPlan(
          config,
          StreamVariant.parse(
              variants.isEmpty() && named != null ? named.variants() : variants, config),
          chosen,
          settings(named),
          names(or(methods, named == null ? config.method() : named.methods())),
          names(or(policies, named == null ? configured(config) : named.policies())),
          or(against, named == null ? "" : named.against()),
          budgetImages,
          budget == null && named != null ? named.time() : budget,
          or(streamBatch, named == null ? fresh : named.streamBatch()),
          or(probes, named == null ? 10 : named.probes()),
          or(seeds, named == null ? 1 : named.seeds()));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
  }

  /** An option of another protocol would be passed over in silence. */
  private void requireUse(Protocol chosen) {
    requireUse("--tasks", tasks, chosen, Protocol.SPLIT);
    requireUse("--clip-frames", clipFrames, chosen, Protocol.CORRELATED);
    if (clipFrames != null && images.equals(Sources.SYNTHETIC)) {
      throw new ConfigException(
          "--clip-frames is "
              + clipFrames
              + " with --images synthetic: it has clips of its own, of synthetic.clipFrames");
    }
    requireUse("--drift-strength", driftStrength, chosen, Protocol.DRIFT);
    requireUse("--imbalance", imbalance, chosen, Protocol.DRIFT);
  }

  private static void requireUse(
      String option, @Nullable Object given, Protocol chosen, Protocol user) {
    if (given != null && chosen != user) {
      throw new ConfigException(
          option
              + " is "
              + given
              + " with --protocol "
              + chosen.toString().toLowerCase(Locale.ROOT)
              + ": expected with "
              + user.toString().toLowerCase(Locale.ROOT)
              + " alone");
    }
  }

  private static String configured(MillraceConfig config) {
    return config.learner().replay().policy().toString();
  }

  private ProtocolSettings settings(@Nullable StreamPreset named) {
    ProtocolSettings base = named == null ? ProtocolSettings.defaults() : named.settings();
    return new ProtocolSettings(
        or(tasks, base.tasks()),
        or(clipFrames, base.clipFrames()),
        or(driftStrength, base.driftStrength()),
        or(imbalance, base.imbalance()));
  }

  private static List<String> names(String list) {
    return Arrays.stream(list.split(",")).map(String::strip).distinct().toList();
  }

  private static <T> T or(@Nullable T given, T otherwise) {
    return given == null ? otherwise : given;
  }
}
