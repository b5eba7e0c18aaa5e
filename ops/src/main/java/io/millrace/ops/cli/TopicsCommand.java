package io.millrace.ops.cli;

import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSpec;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.node.Clients;
import io.millrace.ops.terminal.Logs;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace topics}. */
@Command(
    name = "topics",
    mixinStandardHelpOptions = true,
    description = {
      "Creates the topics, or says what they should be.",
      "Nothing creates topics by itself: create them once before the first run. Existing topics are"
          + " compared, never changed."
    },
    footer = {
      "",
      "Examples:",
      "  millrace topics --describe",
      "  millrace topics --create --set kafka.bootstrapServers=broker:9092",
      "",
      "Exit code 1 where an existing topic differs from what it should be."
    })
final class TopicsCommand implements Callable<Integer> {
  @Mixin private CommonOptions common = new CommonOptions();

  @ArgGroup(multiplicity = "1")
  private Mode mode = new Mode();

  static final class Mode {
    @Option(names = "--create", description = "Create what is missing, compare what is there.")
    boolean create;

    @Option(
        names = "--describe",
        description = "Print every topic with its partitions and settings; asks no broker.")
    boolean describe;
  }

  @Override
  public Integer call() {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = common.read(MillraceConfig.defaults());
    List<TopicSpec> catalog = TopicCatalog.of(config.topicNames(), config.topics());
    if (mode.describe) {
      catalog.forEach(TopicsCommand::describe);
      return 0;
    }
    try (Admin admin = Clients.admin(config.kafka())) {
      TopicAdmin.Report report = new TopicAdmin(admin, Duration.ofSeconds(30)).ensure(catalog);
      report.created().forEach(name -> System.out.println("created " + name));
      report.differences().forEach(line -> System.out.println("differs: " + line));
      if (report.created().isEmpty() && report.differences().isEmpty()) {
        System.out.println("all " + catalog.size() + " topics are there as they should be");
      }
      return report.differences().isEmpty() ? 0 : 1;
    }
  }

  private static void describe(TopicSpec spec) {
    System.out.printf(
        "%s%n  %s%n  partitions %d, replication %d%n  %s%n",
        spec.name(),
        spec.purpose(),
        spec.partitions(),
        spec.replicationFactor(),
        spec.configs().entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue())
            .sorted()
            .collect(Collectors.joining(", ")));
  }
}
