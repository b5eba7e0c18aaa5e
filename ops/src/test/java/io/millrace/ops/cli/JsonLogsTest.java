package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.testing.TestJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * With {@code --log json} stderr holds JSON objects, one a line, and nothing else; stdout, which
 * containers put among them, nothing.
 */
class JsonLogsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void aProcessThatRunsAndEndsWritesJsonAlone() throws Exception {
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(folder.resolve("kafka")))) {
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
      try (Admin admin = Admin.create(client)) {
        new TopicAdmin(admin, Duration.ofSeconds(30))
            .ensure(TopicCatalog.of(Topics.defaults(), TopicSettings.defaults()));
      }
      Process process = start("run", "--roles=ingest", broker.bootstrapServers());
      try {
        await()
            .atMost(Duration.ofSeconds(90))
            .until(() -> said().stream().anyMatch(line -> line.contains("ingest is RUNNING")));
        process.destroy();
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
    }
    assertThat(messages())
        .contains("ingest is RUNNING")
        .anyMatch(line -> line.startsWith("running [ingest] http"));
    assertThat(folder.resolve("out")).isEmptyFile();
  }

  @Test
  void aCommandsLastWordIsAnObjectToo() throws Exception {
    Process process = start("run", "--roles=ingest", "127.0.0.1:9");
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(messages()).last().asString().contains("no answer from 127.0.0.1:9");
  }

  private Process start(String command, String roles, String servers) throws IOException {
    List<String> words = TestJvm.command(256);
    words.addAll(
        List.of(
            // As in the packaged program; tests have a configuration of their own.
            "-Dlogback.configurationFile=" + Path.of("src", "main", "resources", "logback.xml"),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            command,
            roles,
            "--log=json",
            "--set=http.port=0",
            "--set=dataDir=" + folder.resolve("data"),
            "--set=kafka.bootstrapServers=" + servers));
    return new ProcessBuilder(words)
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  private List<String> said() throws IOException {
    return Files.readAllLines(folder.resolve("err"));
  }

  private List<String> messages() throws IOException {
    var messages = new ArrayList<String>();
    for (String line : said()) {
      JsonNode object = JSON.readTree(line);
      assertThat(object.isObject()).as(line).isTrue();
      assertThat(object.path("formattedMessage").isTextual()).as(line).isTrue();
      messages.add(object.path("formattedMessage").asText());
    }
    return messages;
  }
}
