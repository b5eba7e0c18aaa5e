package io.millrace.ops.cli;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ops.config.ConfigException;
import io.millrace.ops.node.DataFolder;
import io.millrace.ops.terminal.Logs;
import io.millrace.ops.terminal.RunUntilShutdown;
import io.millrace.ops.terminal.Undone;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace broker}. */
@Command(
    name = "broker",
    mixinStandardHelpOptions = true,
    description = {
      "Runs one durable Kafka broker until Ctrl-C, for trying things on one machine.",
      "Started again on the same folder it goes on under the same cluster id."
    },
    footer = {
      "",
      "Example:",
      "  millrace broker --data-dir ./kafka --port 9092",
      "  millrace topics --create"
    })
final class BrokerCommand implements Callable<Integer> {
  @Option(
      names = "--data-dir",
      required = true,
      paramLabel = "DIR",
      description = "Folder that holds the log; made when missing.")
  private Path dataDir = Path.of(".");

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "9092",
      description =
          "Port to listen on, on the loopback address; 0 takes a free one (${DEFAULT-VALUE}).")
  private int port;

  @Option(names = "--log", paramLabel = "FORM", description = CommonOptions.LOG)
  private Logs.Form log = Logs.Form.TEXT;

  @Option(names = "--verbose", description = "More log lines, and stack traces.")
  private boolean verbose;

  @Override
  public Integer call() throws Exception {
    Logs.toStderr(verbose, log);
    BrokerSettings settings = settings();
    var shutdown = RunUntilShutdown.listening();
    DataFolder.make(dataDir);
    var undone =
        Undone.unlessClosed(() -> "the log is not closed, the next start looks through it");
    try (EmbeddedBroker broker = EmbeddedBroker.start(settings)) {
      String running = "broker " + broker.bootstrapServers() + " in " + dataDir.toAbsolutePath();
      if (log == Logs.Form.JSON) {
        Logs.say(running); // containers put stdout among the objects
      } else {
        System.out.println(running);
      }
      while (!shutdown.await(Duration.ofHours(1))) {
        // until a signal
      }
    }
    undone.close();
    Logs.say("the broker's log is in " + dataDir.toAbsolutePath());
    return 0;
  }

  private BrokerSettings settings() {
    try {
      return BrokerSettings.defaults(dataDir).withPort(port);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("--" + e.getMessage());
    }
  }
}
