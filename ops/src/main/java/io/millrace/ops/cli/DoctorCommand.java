package io.millrace.ops.cli;

import io.millrace.ops.config.KafkaConfig;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.dashboard.HttpConfig;
import io.millrace.ops.dashboard.Json;
import io.millrace.ops.health.Check;
import io.millrace.ops.health.CheckResult;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.StartupChecks;
import io.millrace.ops.terminal.Logs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace doctor}. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Looks at what a process would need before it could start: Java, engine, disk, broker,"
          + " topics, port.",
      "Changes nothing. 'millrace status' asks a process that runs."
    },
    footer = {
      "",
      "Examples:",
      "  millrace doctor --config millrace.yaml",
      "  millrace doctor --roles ingest --set kafka.bootstrapServers=broker:9092",
      "",
      "Exit code 1 where something would fail."
    })
final class DoctorCommand implements Callable<Integer> {
  @Mixin private PresetOptions common = new PresetOptions();

  @Option(
      names = "--roles",
      split = ",",
      paramLabel = "ROLE",
      description = "Roles the process is to have: ingest, learner, serving (all of them).")
  private List<RoleName> roles = List.of(RoleName.values());

  @Option(names = "--json", description = "Print the checks as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Logs.toStderr(common.verbose, common.log);
    MillraceConfig config = CommonOptions.withWarnings(common.read(MillraceConfig.defaults()));
    boolean well = true;
    List<CheckResult> results = new ArrayList<>();
    try (var admin = new LazyAdmin(config.kafka())) {
      List<Check> checks = new ArrayList<>();
      checks.add(Check.of("java", DoctorCommand::java));
      checks.addAll(new StartupChecks(config, admin::get).checks(EnumSet.copyOf(roles)));
      if (config.http().enabled()) {
        checks.add(Check.of("port", () -> port(config.http())));
      }
      for (Check check : checks) {
        CheckResult result = check.result();
        well &= result.ok();
        results.add(result);
        if (!json) {
          System.out.printf(
              "%-6s %-7s %s%n", result.ok() ? "ok" : "FAILS", result.name(), result.detail());
        }
      }
    }
    if (json) {
      System.out.print(Json.pretty(results));
    }
    return well ? 0 : 1;
  }

  /** Made when the broker's turn comes: an address without a meaning is one failure of many. */
  private static final class LazyAdmin implements AutoCloseable {
    private final KafkaConfig config;
    private @Nullable Admin made;

    LazyAdmin(KafkaConfig config) {
      this.config = config;
    }

    Admin get() {
      Admin admin = made;
      if (admin == null) {
        admin = Clients.admin(config);
        made = admin;
      }
      return admin;
    }

    @Override
    public void close() {
      Admin admin = made;
      if (admin != null) {
        admin.close(Duration.ZERO);
      }
    }
  }

  private static CheckResult java() {
    Runtime runtime = Runtime.getRuntime();
    return CheckResult.pass(
        "java",
        Runtime.version()
            + ", "
            + runtime.availableProcessors()
            + " processors, heap up to "
            + (runtime.maxMemory() >> 20)
            + " MiB");
  }

  /**
   * Says so before an engine or a broker starts, which takes seconds, where the page's port is
   * taken.
   *
   * @throws UserError naming the port
   */
  static void requirePort(HttpConfig http) {
    if (http.enabled()) {
      CheckResult port = port(http);
      if (!port.ok()) {
        throw new UserError(
            port.detail() + "; choose another with --set http.port=N (0 takes a free one)");
      }
    }
  }

  /** Whether the configured port can be had now. */
  static CheckResult port(HttpConfig http) {
    String at = http.host() + ":" + http.port();
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(http.host(), http.port()));
      return CheckResult.pass("port", at + " is free");
    } catch (IOException e) {
      return CheckResult.fail(
          "port", at + " (http.host, http.port) can't be bound: " + e.getMessage());
    }
  }
}
