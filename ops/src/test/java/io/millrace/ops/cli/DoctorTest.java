package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.health.Check;
import io.millrace.ops.health.CheckResult;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.StartupChecks;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir Path folder;

  @Test
  void saysWhatIsThereAndWhatIsMissing() throws Exception {
    try (EmbeddedBroker broker =
        EmbeddedBroker.start(BrokerSettings.defaults(folder.resolve("kafka")))) {
      MillraceConfig config = config("kafka.bootstrapServers=" + broker.bootstrapServers());
      try (Admin admin = Clients.admin(config.kafka())) {
        var startupChecks = new StartupChecks(config, () -> admin);
        assertThat(results(startupChecks, EnumSet.allOf(RoleName.class)))
            .extracting(CheckResult::name, CheckResult::ok)
            .containsExactly(
                org.assertj.core.groups.Tuple.tuple("engine", true),
                org.assertj.core.groups.Tuple.tuple("disk", true),
                org.assertj.core.groups.Tuple.tuple("broker", true),
                org.assertj.core.groups.Tuple.tuple("topics", false));
        assertThatThrownBy(() -> startupChecks.require(EnumSet.of(RoleName.INGEST)))
            .isInstanceOf(UserError.class)
            .hasMessageContaining("millrace.images.raw")
            .hasMessageContaining("millrace topics --create");
      }
      int code =
          Main.commandLine()
              .execute(
                  "topics",
                  "--create",
                  "--set",
                  "kafka.bootstrapServers=" + broker.bootstrapServers());
      assertThat(code).isZero();
      assertThat(doctor(broker.bootstrapServers(), "http.port=0")).isZero();
      assertThat(doctor(broker.bootstrapServers(), "http.host=192.0.2.1")).isEqualTo(1);
      assertThat(runOnATakenPort(broker.bootstrapServers()))
          .contains("(http.host, http.port) can't be bound", "--set http.port=N");
    }
  }

  @Test
  void aBrokerOutOfReachIsOneLineThatSaysWhy() throws IOException {
    assertThat(details("127.0.0.1:9"))
        .containsExactly(
            "no answer from 127.0.0.1:9 (kafka.bootstrapServers): 127.0.0.1:9 says Connection"
                + " refused",
            "not looked at: the broker does not answer");
    try (var other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String listens = "127.0.0.1:" + other.getLocalPort();
      assertThat(details(listens).get(0)).contains(listens + " listens", "security.protocol");
    }
  }

  @Test
  void aFileInThePlaceOfTheDataFolderIsNamed() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    MillraceConfig config = config("dataDir=" + file);
    var startupChecks = new StartupChecks(config, () -> null);
    assertThat(startupChecks.checks(EnumSet.of(RoleName.INGEST)).get(0).result())
        .isEqualTo(CheckResult.fail("disk", file + " (dataDir) is a file: expected a folder"));
  }

  @Test
  void whatCantLearnWithOtherProcessesIsRefusedBeforeAnythingStarts() {
    String[] group = {"learner.group.maxSize=2", "learner.shards=2"};
    assertThat(engine(group).detail()).endsWith("collectives by gloo");
    assertThat(engine().detail()).doesNotContain("collectives");
    CheckResult nccl = engine(concat(group, "learner.group.backend=nccl"));
    assertThat(nccl.ok()).isFalse();
    assertThat(nccl.detail())
        .contains("backend is nccl, but the engine computes on the CPU: expected auto or gloo");
    CheckResult nd4j = engine(concat(group, "engine.name=nd4j"));
    assertThat(nd4j.ok()).isFalse();
    assertThat(nd4j.detail())
        .contains("nd4j can't exchange tensors with other processes: expected torch, or one");
    // One of them stands by: it exchanges nothing.
    assertThat(engine("learner.group.maxSize=2", "engine.name=nd4j").ok()).isTrue();
  }

  private CheckResult engine(String... settings) {
    MillraceConfig config =
        config(concat(settings, "engine.device=cpu", "engine.precision=float32"));
    return new StartupChecks(config, () -> null)
        .checks(EnumSet.of(RoleName.LEARNER))
        .get(0)
        .result();
  }

  private static String[] concat(String[] settings, String... more) {
    return Stream.concat(Stream.of(settings), Stream.of(more)).toArray(String[]::new);
  }

  private List<String> details(String servers) {
    MillraceConfig config =
        config(
            "kafka.bootstrapServers=" + servers,
            "kafka.client={default.api.timeout.ms: 1500, request.timeout.ms: 1000}");
    try (Admin admin = Clients.admin(config.kafka())) {
      var startupChecks = new StartupChecks(config, () -> admin);
      assertThatThrownBy(() -> startupChecks.require(EnumSet.of(RoleName.INGEST)))
          .isInstanceOf(UserError.class)
          .hasMessageStartingWith("no answer from " + servers)
          .hasMessageNotContaining("not looked at");
      return results(startupChecks, EnumSet.of(RoleName.INGEST)).stream()
          .filter(result -> !result.ok())
          .map(CheckResult::detail)
          .toList();
    }
  }

  private int doctor(String servers, String setting) {
    return Main.commandLine()
        .execute(
            "doctor",
            "--roles",
            "ingest",
            "--set",
            "kafka.bootstrapServers=" + servers,
            "--set",
            "dataDir=" + folder.resolve("data"),
            "--set",
            setting);
  }

  private String runOnATakenPort(String servers) throws IOException {
    var err = new StringWriter();
    var command = Main.commandLine().setErr(new PrintWriter(err, true));
    try (var taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      int code =
          command.execute(
              "run",
              "--set",
              "kafka.bootstrapServers=" + servers,
              "--set",
              "dataDir=" + folder.resolve("run"),
              "--set",
              "http.port=" + taken.getLocalPort());
      assertThat(code).isEqualTo(1);
    }
    // Nothing was begun.
    assertThat(folder.resolve("run")).doesNotExist();
    return err.toString();
  }

  private MillraceConfig config(String... settings) {
    return ConfigReader.over(
        MillraceConfig.defaults(),
        ConfigReader.with(ConfigReader.tree("dataDir: " + folder, "test"), List.of(settings)));
  }

  private static List<CheckResult> results(StartupChecks startupChecks, Set<RoleName> roles) {
    return startupChecks.checks(roles).stream().map(Check::result).toList();
  }
}
