package io.millrace.ops.cli;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.loop.LearnerStatus;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.experiment.HeldOut;
import io.millrace.ops.experiment.Sources;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.Node;
import io.millrace.ops.node.StatusLine;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace run}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs any of the roles against a Kafka cluster until Ctrl-C.",
      "Ctrl-C ends cleanly: the learner saves a checkpoint first."
    },
    footer = {
      "",
      "Examples:",
      "  millrace topics --create --config millrace.yaml",
      "  millrace run --config millrace.yaml",
      "  millrace run --config millrace.yaml --roles learner --probe ./labeled-images"
    })
final class RunCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Option(
      names = "--roles",
      split = ",",
      paramLabel = "ROLE",
      description = "Roles of this process, with commas: ingest, learner, serving (all of them).")
  private List<RoleName> roles = List.of(RoleName.values());

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = "What to compute with, over engine.name: torch or nd4j.")
  private @Nullable String engine;

  @Option(
      names = "--probe",
      paramLabel = "PATH",
      description =
          "Labeled images (folder or archive) for the learner's kNN metric. Only their held-out "
              + "part is used, and none of it is ever learned from.")
  private @Nullable String probe;

  @Option(
      names = "--begin-anew",
      description =
          "Begin the model anew where the data folder has no checkpoint of it, though it has "
              + "learned elsewhere. What it learned there is given up.")
  private boolean beginAnew;

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config =
        CommonOptions.withServedMethod(
            CommonOptions.with(
                CommonOptions.with(common.read(MillraceConfig.defaults()), "engine.name", engine),
                "learner.checkpoint.beginAnew",
                beginAnew ? true : null));
    if (probe != null) {
      Sources.require(probe);
    }
    Clients.requireBroker(config);
    DoctorCommand.requirePort(config.http());
    run(config, EnumSet.copyOf(roles), RunUntilShutdown.listening());
    Logs.say("data is in " + config.dataDir().toAbsolutePath());
    return 0;
  }

  private void run(MillraceConfig config, Set<RoleName> chosen, RunUntilShutdown shutdown)
      throws IOException, InterruptedException {
    var pace = new LearningPace();
    boolean expected = false;
    try (var line = LiveLine.onStderr();
        var decoder = new ImageDecoder(config.decode());
        var node =
            new Node(
                config,
                chosen,
                chosen.contains(RoleName.LEARNER) ? probeImages(config, decoder) : null,
                pace,
                Clock.systemUTC())) {
      node.start();
      String running = "running " + RoleName.list(chosen) + " " + node.address();
      if (common.log == Logs.Form.JSON) {
        Logs.say(running); // containers put stdout among the objects
      } else {
        System.out.println(running);
      }
      while (!shutdown.await(Duration.ofSeconds(1))) {
        line.show(StatusLine.of(node.tick()));
        node.requireWell();
        LearnerStatus learner = node.learnerStatus();
        if (!expected && learner != null && pace.updates() > Expectation.MEASURED_UPDATES) {
          expected = true;
          line.say(
              Expectation.of(
                  config, pace.updatesPerSecond(), learner.step(), learner.release() > 0));
        }
      }
      line.say("stopping: saving a checkpoint ...");
      node.end(() -> line.show(StatusLine.of(node.tick())));
      line.show(StatusLine.of(node.tick()));
    }
  }

  private @Nullable ProbeImages probeImages(MillraceConfig config, ImageDecoder decoder)
      throws IOException {
    String path = probe;
    if (path == null) {
      return null;
    }
    try (ImageSource source = Sources.open(path, config.synthetic())) {
      return HeldOut.probe(
          source,
          config.acceptImages(decoder),
          config.learner().probe(),
          config.learner().replay().maxSide());
    }
  }
}
