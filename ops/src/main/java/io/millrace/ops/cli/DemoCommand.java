package io.millrace.ops.cli;

import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.node.DataFolder;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.StoppedException;
import io.millrace.ops.terminal.Undone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Learns from a stream of images on this machine, with nothing else installed: a Kafka broker,"
          + " publisher, ingest, learner and serving in one process, and a live page.",
      "Ctrl-C ends it early with a checkpoint and a summary."
    },
    footer = {
      "",
      "Examples:",
      "  millrace demo",
      "  millrace demo --images photos.zip --method obow --duration 10m",
      "  millrace demo --data-dir ./demo   # again: goes on where it stopped",
      "  millrace demo --set model.backbone.width=0.5 --set learner.batchSize=128",
      "",
      "'millrace config --demo' prints the demo's settings."
    })
final class DemoCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Option(
      names = "--images",
      paramLabel = "PATH",
      defaultValue = Sources.SYNTHETIC,
      description =
          "A folder, .zip, .tar or .tar.gz of JPEG and PNG images, or 'synthetic' "
              + "(${DEFAULT-VALUE}). A test/ folder in it is held out, or a tenth of each class.")
  private String images = Sources.SYNTHETIC;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description =
          "How to learn, such as byol, simclr or rotation; docs/methods.md has all (vicreg).")
  private @Nullable String method;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = "What to compute with: torch or nd4j (torch).")
  private @Nullable String engine;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "3m",
      description = "How long to learn, such as 90s or 3m (${DEFAULT-VALUE}).")
  private Duration duration = Duration.ofMinutes(3);

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "0",
      description = "End after this many updates, if the time is not over before; 0 for no limit.")
  private long steps;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of the live page on the loopback address; 0 takes a free one (8470).")
  private @Nullable Integer port;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "Folder that keeps everything; a demo started again on it goes on where it stopped. "
              + "Without it all goes to a temporary folder that is removed at the end.")
  private @Nullable Path dataDir;

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description =
          "Move the temporary folder, with model, log and token, to this new or empty folder at the"
              + " end; '--data-dir' of the same name then goes on.")
  private @Nullable Path keep;

  @Option(
      names = "--summary",
      paramLabel = "FILE",
      description = "Write the metrics at the end as JSON.")
  private @Nullable Path summary;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of everything drawn (1).")
  private @Nullable Long seed;

  private @Nullable String chosen;

  @Override
  public Integer call() throws Exception {
    if (duration.isZero() || steps < 0) {
      throw new ConfigException(
          duration.isZero()
              ? "--duration is 0s: expected more"
              : "--steps is " + steps + ": expected 0 or more");
    }
    Sources.require(images); // before the preset is chosen by what is there
    DemoFolder.requireKeepable(dataDir, keep);
    MillraceConfig asked = CommonOptions.withServedMethod(config());
    DoctorCommand.requirePort(asked.http());
    Path folder = dataDir;
    boolean temporary = folder == null;
    var shutdown = RunUntilShutdown.listening();
    if (folder == null) {
      folder = Files.createTempDirectory("millrace-demo-");
    }
    PresetChoice.keep(folder, chosen);
    Path used = folder;
    String contents = DemoFolder.contents(common.log);
    var undone = Undone.unlessClosed(() -> undone(used, temporary));
    boolean logWanted = true;
    try {
      MillraceConfig config = asked.withDataDir(folder);
      Path log = folder.resolve("logs").resolve("millrace.log");
      DataFolder.make(folder);
      if (common.log == Logs.Form.JSON) {
        Logs.toStderr(common.verbose, common.log);
      } else {
        Files.createDirectories(folder.resolve("logs"));
        Logs.toFile(log, common.verbose);
      }
      Summary done;
      try (var line = LiveLine.onStderr()) {
        line.say(DemoFolder.whereItGoes(contents, folder, temporary, keep));
        line.say(DemoFolder.token(config, common.log));
        done = new Demo(config, images, duration, steps, Clock.systemUTC(), line, shutdown).run();
      }
      System.out.println(done.table());
      Path file = summary;
      if (file != null) {
        done.write(file);
        Logs.say("wrote " + file.toAbsolutePath());
      }
      logWanted = false;
    } catch (StoppedException e) {
      logWanted = false;
      throw e;
    } finally {
      if (temporary) {
        Path kept = keep;
        if (kept != null) {
          DemoFolder.move(folder, kept);
          Logs.say(contents + " are in " + kept.toAbsolutePath());
        } else {
          if (logWanted) {
            keepLog(folder);
          }
          DemoFolder.delete(folder);
        }
      } else {
        Logs.say(contents + " are in " + folder.toAbsolutePath());
      }
      undone.close();
    }
    return 0;
  }

  private String undone(Path folder, boolean temporary) {
    var out = new StringJoiner("; ");
    if (summary != null) {
      out.add(summary + " is not written");
    }
    if (temporary) {
      out.add(folder + " is not " + (keep == null ? "removed" : "moved to " + keep));
    }
    return out.toString();
  }

  /** Defaults, the demo's own settings, a preset, the user's file, then options. */
  private MillraceConfig config() {
    List<String> options = new ArrayList<>();
    add(options, "method", method);
    add(options, "engine.name", engine);
    add(options, "http.port", port);
    if (seed != null) {
      add(options, "model.seed", seed);
      add(options, "learner.seed", seed);
      add(options, "publish.seed", seed);
    }
    MillraceConfig base = PackagedConfig.demoConfig();
    String preset = common.preset;
    if (preset == null) {
      preset = PresetChoice.of(images, dataDir, common.readOver(base), common.given());
    }
    chosen = preset;
    return ConfigReader.over(
        common.readOver(preset == null ? base : PackagedConfig.withPreset(base, preset)),
        ConfigReader.with(ConfigReader.tree("", "options"), options));
  }

  private static void add(List<String> options, String key, @Nullable Object value) {
    if (value != null) {
      options.add(key + "=" + value);
    }
  }

  private static void keepLog(Path folder) {
    Path log = folder.resolve("logs").resolve("millrace.log");
    Path kept = Path.of("millrace-demo.log");
    try {
      if (Files.exists(log)) {
        Files.copy(log, kept, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Logs.say("the log is in " + kept.toAbsolutePath());
      }
    } catch (IOException e) {
      Logs.complain("the log could not be kept: " + e.getMessage());
    }
  }
}
