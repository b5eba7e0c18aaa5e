package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.learner.loop.LearnerListener;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.RoleName;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.Clients;
import io.millrace.ops.node.HttpAccess;
import io.millrace.ops.node.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process makes, refuses and warns of at its start. */
class NodeStartTest {
  @TempDir Path dir;

  @Test
  void onePrefixHasOneModelAndTheDataFolderIsNotForAll() throws Exception {
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("kafka")))) {
      MillraceConfig alpha = config(broker, "alpha", dir.resolve("a").resolve("data"), "one.");
      topics(alpha);
      MillraceConfig other = config(broker, "beta", dir.resolve("b"), "two.");
      topics(other);
      try (Node node = node(alpha)) {
        node.start();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(alpha.dataDir())))
            .isEqualTo("rwxr-x---");
        assertThat(alpha.dataDir().resolve("http-token")).isRegularFile();
        HttpResponse<String> ready = get(node, "v2/health/ready");
        assertThat(ready.statusCode()).as("no release yet").isEqualTo(503);
        assertThat(ready.body()).contains("\"name\":\"releases\",\"ok\":true");
        assertThat(get(node, "v2/health/live").statusCode()).isEqualTo(200);

        MillraceConfig beta = config(broker, "beta", dir.resolve("b"), "one.");
        try (Node second = node(beta)) {
          assertThatThrownBy(second::start)
              .isInstanceOf(UserError.class)
              .hasMessageContaining("'alpha'")
              .hasMessageContaining("learner.model is 'beta'")
              .hasMessageContaining("kafka.topicPrefix");
          assertThat(second.address()).as("nothing has started").isEmpty();
        }
        try (Node third = node(other)) {
          third.start();
          assertThat(get(third, "v2/health/live").statusCode()).isEqualTo(200);
        }
      }
    }
  }

  @Test
  void whatIsOpenToOthersIsWarnedOf() {
    assertThat(HttpAccess.warnings(MillraceConfig.defaults())).isEmpty();
    List<String> open = HttpAccess.warnings(read("http: {host: 0.0.0.0}"));
    assertThat(open).hasSize(2);
    assertThat(open.get(0)).contains("0.0.0.0", "TLS", "http.keyStore");
    assertThat(open.get(1)).contains("api.protectReads");
    assertThat(HttpAccess.warnings(read("http: {host: 0.0.0.0}\napi: {protectReads: true}")))
        .singleElement()
        .satisfies(warning -> assertThat(warning).contains("TLS"));
    assertThat(HttpAccess.warnings(read("http: {host: 0.0.0.0, enabled: false}"))).isEmpty();
  }

  @Test
  void noLogFillsWithHostsThatSomebodyMakesUp() throws IOException {
    for (String file : List.of("/logback.xml", "/logback-file.xml")) {
      try (var in = NodeStartTest.class.getResourceAsStream(file)) {
        assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
            .contains("<logger name=\"org.eclipse.jetty.util.HostPort\" level=\"ERROR\" />");
      }
    }
  }

  private static void topics(MillraceConfig config) {
    try (Admin admin = Clients.admin(config.kafka())) {
      new TopicAdmin(admin, Duration.ofSeconds(30))
          .ensure(TopicCatalog.of(config.topicNames(), config.topics()));
    }
  }

  private static Node node(MillraceConfig config) {
    return new Node(
        config, EnumSet.of(RoleName.SERVING), null, LearnerListener.NONE, Clock.systemUTC());
  }

  private static MillraceConfig config(
      EmbeddedBroker broker, String model, Path data, String prefix) {
    return read(
        """
        dataDir: %s
        kafka: {bootstrapServers: "%s", topicPrefix: "%s"}
        learner: {model: %s}
        http: {port: 0}
        """
            .formatted(data, broker.bootstrapServers(), prefix, model));
  }

  private static MillraceConfig read(String yaml) {
    return ConfigReader.over(MillraceConfig.defaults(), ConfigReader.tree(yaml, "test"));
  }

  private static HttpResponse<String> get(Node node, String path) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create(node.address() + path)).build(),
              HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
