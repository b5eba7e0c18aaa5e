package io.millrace.ops.cli;

import io.millrace.ingest.source.AdminLagProbe;
import io.millrace.ingest.source.ImageSet;
import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.LagProbe;
import io.millrace.ingest.source.PublishOrder;
import io.millrace.ingest.source.PublishProgress;
import io.millrace.ingest.source.PublishReport;
import io.millrace.ingest.source.SourceOptions;
import io.millrace.ingest.stream.Topics;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.Durations;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.metrics.MeteredSource;
import io.millrace.ops.metrics.Meters;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.DeniedAccess;
import io.millrace.ops.node.PublishRole;
import io.millrace.ops.node.RoleThread;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.NumberText;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.Undone;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace publish}. */
@Command(
    name = "publish",
    mixinStandardHelpOptions = true,
    description = {
      "Publishes images to images.raw, each once. Started again it goes on where it stopped.",
      "Held-out images (a test/ folder, or a tenth of each class) are never published."
    },
    footer = {
      "",
      "Examples:",
      "  millrace publish --images photos.zip",
      "  millrace publish --images synthetic --rate 200",
      "  millrace publish --images ./frames --order as-is --max-lag 5000"
    })
final class PublishCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Option(
      names = "--images",
      required = true,
      paramLabel = "PATH",
      description =
          "A folder, zip or tar (.gz, .bz2, .xz, .zst) of JPEG and PNG images, or 'synthetic'.")
  private String images = Sources.SYNTHETIC;

  @Option(
      names = "--order",
      paramLabel = "ORDER",
      description = "shuffled or as-is; a stream without end keeps its own (shuffled).")
  private @Nullable String order;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Most images a second; 0 for no limit (0).")
  private @Nullable Double rate;

  @Option(
      names = "--max-lag",
      paramLabel = "N",
      description = "Wait while consumers are more records behind; 0 never waits (20000).")
  private @Nullable Long maxLag;

  @Option(
      names = "--wait-for",
      split = ",",
      paramLabel = "GROUP",
      description =
          "Consumers whose lag counts: ingest, learner (ingest). A learner shows its place only at "
              + "its checkpoints.")
  private List<RoleName> waitFor = List.of(RoleName.INGEST);

  @Option(names = "--seed", paramLabel = "N", description = "Seed of the shuffle (7).")
  private @Nullable Long seed;

  @Option(
      names = "--start-over",
      description = "Publish from the start again; recorded positions are ignored.")
  private boolean startOver;

  @Option(
      names = "--follow-links",
      description = "Follow links out of the folder as well (links within it always are).")
  private boolean followLinks;

  @Option(
      names = "--zip-names",
      paramLabel = "CHARSET",
      description =
          "Character set of a zip's names that are not UTF-8, such as GBK or Shift_JIS (IBM437).")
  private @Nullable String zipNames;

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = config();
    Sources.require(images);
    // A packed archive takes long to open: there the broker is asked first.
    boolean archive = Files.isRegularFile(Path.of(images));
    if (archive) {
      requireTopics(config);
    }
    var shutdown = RunUntilShutdown.listening();
    try (ImageSource source = Sources.open(images, config.synthetic(), options())) {
      if (source.stream().count() == 0) {
        throw new UserError(images + " holds no JPEG or PNG image to publish");
      }
      if (!archive) {
        requireTopics(config);
      }
      publish(config, source, shutdown);
    }
    return 0;
  }

  private static void requireTopics(MillraceConfig config) {
    Clients.requireTopics(
        config, Set.of(config.topicNames().imagesRaw(), config.topicNames().publisherPositions()));
  }

  private void publish(MillraceConfig config, ImageSource source, RunUntilShutdown shutdown)
      throws InterruptedException {
    try (Admin admin = Clients.admin(config.kafka());
        var meters = new Meters()) {
      var publishing =
          new PublishRole(
              config,
              source,
              lag(admin, config.topicNames()),
              new MeteredSource(meters),
              config.kafka().clients());
      RoleThread role;
      var undone =
          Undone.unlessClosed(() -> "images since the last commit are published again next time");
      try (var line = LiveLine.onStderr()) {
        opening(source).forEach(line::say);
        role = new RoleThread(publishing).start();
        while (role.running() && !shutdown.await(Duration.ofMillis(500))) {
          PublishProgress progress = publishing.progress();
          if (progress != null) {
            line.show(line(progress));
          }
        }
        role.requestStop();
        role.join(Duration.ofSeconds(60));
      }
      undone.close();
      Throwable failure = role.failure();
      if (failure != null) {
        throw new UserError(DeniedAccess.text(failure, config.kafka()), failure);
      }
      PublishReport report = publishing.report();
      if (report != null) {
        System.out.println(summary(report, source));
        if (!report.complete() && source.stream().count() != ImageSet.UNBOUNDED) {
          RunUntilShutdown.requireGoOn();
        }
      }
    }
  }

  private SourceOptions options() {
    try {
      return new SourceOptions(followLinks, zipNames == null ? null : Charset.forName(zipNames));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "--zip-names is '" + zipNames + "': no character set that this Java knows");
    }
  }

  private MillraceConfig config() {
    MillraceConfig read = common.read(MillraceConfig.defaults());
    List<String> options = new ArrayList<>();
    String asked = order;
    if (asked != null) {
      boolean known =
          List.of(PublishOrder.values()).stream()
              .anyMatch(o -> ConfigReader.spelled(o).equals(asked));
      if (!known) {
        throw new ConfigException("--order is '" + asked + "': expected shuffled or as-is");
      }
      options.add("publish.order=" + asked);
    }
    if (rate != null) {
      options.add("publish.maxPerSecond=" + rate);
    }
    if (maxLag != null) {
      options.add("publish.maxLag=" + maxLag);
    }
    if (seed != null) {
      options.add("publish.seed=" + seed);
    }
    if (startOver) {
      options.add("publish.startOver=true");
    }
    return ConfigReader.over(read, ConfigReader.with(ConfigReader.tree("", "options"), options));
  }

  private LagProbe lag(Admin admin, Topics topics) {
    Map<String, Set<String>> groups = new HashMap<>();
    for (RoleName role : waitFor) {
      switch (role) {
        case INGEST -> groups.put(topics.ingestApplicationId(), Set.of(topics.imagesRaw()));
        case LEARNER -> groups.put(topics.learnerGroup(), Set.of(topics.imagesAccepted()));
        case SERVING ->
            throw new ConfigException("--wait-for is serving: expected ingest or learner");
      }
    }
    return new AdminLagProbe(admin, groups);
  }

  private static List<String> line(PublishProgress p) {
    var out = new ArrayList<String>();
    String of = p.total() == ImageSet.UNBOUNDED ? "" : " of " + NumberText.count(p.total());
    out.add(NumberText.count(p.published()) + " published" + of);
    Duration left = p.remaining();
    if (left != null) {
      out.add(Durations.format(Duration.ofSeconds(left.toSeconds())) + " left");
    }
    out.add(String.format(Locale.ROOT, "%.0f images/s", p.perSecond()));
    return out;
  }

  /** For people, before anything is sent: what will not be published, and why. */
  static List<String> opening(ImageSource source) {
    var out = new ArrayList<String>();
    long heldOut = source.heldOut().count();
    if (heldOut > 0) {
      out.add(String.format(Locale.ROOT, "holds out %,d images for evaluation", heldOut));
    }
    source.skippedFiles().lines().forEach(line -> out.add("skips " + line));
    return out;
  }

  /** For people: what was published, held out and skipped, and why. */
  static String summary(PublishReport report, ImageSource source) {
    var out = new StringBuilder();
    out.append(String.format(Locale.ROOT, "published %,d images", report.published()));
    if (report.tooLargeForBroker() > 0) {
      out.append(
          String.format(Locale.ROOT, ", passed over %,d too large", report.tooLargeForBroker()));
    }
    if (report.unreadable() > 0) {
      out.append(String.format(Locale.ROOT, ", passed over %,d unreadable", report.unreadable()));
    }
    long heldOut = source.heldOut().count();
    if (heldOut > 0) {
      out.append(String.format(Locale.ROOT, ", held out %,d for evaluation", heldOut));
    }
    out.append(
        report.complete() ? "; the source is at its end" : "; it goes on from here next time");
    for (String line : source.skippedFiles().lines()) {
      out.append(System.lineSeparator()).append("skipped ").append(line);
    }
    return out.toString();
  }
}
