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
import java.io.UncheckedIOException;
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

  @Test
  void whatIsWrongWithTheCommandLineIsAnObjectToo() throws Exception {
    for (List<String> wrong :
        List.of(
            List.of("run", "--log", "JSON", "--nonsense"),
            List.of("config", "--log=json", "--set", "http.port=x"),
            List.of("broker", "--log=json"))) {
      Process process = start(wrong);
      try {
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
      assertThat(process.exitValue()).as("%s", wrong).isEqualTo(2);
      assertThat(messages()).as("%s", wrong).isNotEmpty();
    }
  }

  /** What it says goes to the log, and with it what libraries print; its token does not. */
  @Test
  void aDemoWritesJsonAloneAndAsTextItsLogToItsFolder() throws Exception {
    Path data = folder.resolve("demo");
    demo(data, "--log=json", "src/main/resources/logback.xml");
    assertThat(messages())
        .contains("data: " + data, "data are in " + data)
        .anyMatch(line -> line.startsWith("live page: http"))
        .anyMatch(line -> line.startsWith("ingest is "))
        .noneMatch(line -> line.contains(token(data)));
    assertThat(folder.resolve("out")).content().contains("updates");
    assertThat(data.resolve("logs")).doesNotExist();

    demo(data, "--log=text", "");
    assertThat(data.resolve("logs/millrace.log")).content().contains("ingest is ");
    assertThat(said()).contains("token: " + token(data)).noneMatch(l -> l.contains("ingest is "));
  }

  private void demo(Path data, String form, String logback) throws Exception {
    var words = new ArrayList<>(List.of("demo", form, "--steps=1", "--data-dir=" + data));
    DemoTest.TINY.forEach(setting -> words.add("--set=" + setting));
    words.addAll(CommandProcess.ownPort());
    Process process = startWith(logback, words);
    try {
      assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as("%s", said()).isZero();
  }

  private static String token(Path data) {
    try {
      return Files.readString(data.resolve("http-token")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Process start(String command, String roles, String servers) throws IOException {
    return start(
        List.of(
            command,
            roles,
            "--log=json",
            "--set=http.port=0",
            "--set=dataDir=" + folder.resolve("data"),
            "--set=kafka.bootstrapServers=" + servers));
  }

  private Process start(List<String> words) throws IOException {
    // As in the packaged program; tests have a configuration of their own.
    return startWith("src/main/resources/logback.xml", words);
  }

  private Process startWith(String logback, List<String> words) throws IOException {
    List<String> all = TestJvm.command(512);
    if (!logback.isEmpty()) {
      all.add("-Dlogback.configurationFile=" + logback);
    }
    all.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    all.addAll(words);
    return new ProcessBuilder(all)
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
