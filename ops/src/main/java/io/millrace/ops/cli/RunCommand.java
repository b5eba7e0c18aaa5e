package io.millrace.ops.cli;

import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.evaluate.ProbeImages;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.experiment.HeldOut;
import io.millrace.ops.experiment.Sources;
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
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--roles",
      split = ",",
      paramLabel = "ROLE",
      description = "Roles of this process, with commas: ${COMPLETION-CANDIDATES} (all of them).")
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

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config =
        CommonOptions.withServedMethod(
            CommonOptions.with(common.read(MillraceConfig.defaults()), "engine.name", engine));
    run(config, EnumSet.copyOf(roles), RunUntilShutdown.listening());
    return 0;
  }

  private void run(MillraceConfig config, Set<RoleName> chosen, RunUntilShutdown shutdown)
      throws IOException, InterruptedException {
    ProbeImages images = chosen.contains(RoleName.LEARNER) ? probeImages(config) : null;
    try (var node = new Node(config, chosen, images, LearnerListener.NONE, Clock.systemUTC())) {
      node.start();
      System.out.println("running " + RoleName.list(chosen) + " " + node.address());
      var line = LiveLine.onStderr();
      while (!shutdown.await(Duration.ofSeconds(1))) {
        line.show(StatusLine.of(node.tick()));
        if (node.failed() != null) {
          line.end();
          node.requireWell();
        }
      }
      line.end();
      node.phase("draining");
      node.end();
    }
  }

  private @Nullable ProbeImages probeImages(MillraceConfig config) throws IOException {
    String path = probe;
    if (path == null) {
      return null;
    }
    try (ImageSource source = Sources.open(path, config.synthetic());
        var decoder = new io.millrace.ingest.decode.ImageDecoder(config.decode())) {
      return HeldOut.probe(
          source, decoder, config.learner().probe(), config.learner().replay().maxSide());
    }
  }
}
