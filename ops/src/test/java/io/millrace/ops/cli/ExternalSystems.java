package io.millrace.ops.cli;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.broker.FreePort;
import io.millrace.ops.deploy.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.Testcontainers;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.MountableFile;

/**
 * A Kafka and a Prometheus to test with. In containers where an engine answers; else the embedded
 * broker, and this machine's {@code prometheus} where it is installed.
 */
final class ExternalSystems implements AutoCloseable {
  private static final String KAFKA = "apache/kafka:4.3.1";
  private static final String PROMETHEUS = "prom/prometheus:v3.5.0";

  /** Not Testcontainers' minute: the machine may have other work. */
  private static final Duration STARTUP = Duration.ofMinutes(4);

  private static final Path RULES = Path.of("deploy", "prometheus", "rules", "millrace.yml");

  private final Path folder;
  private final boolean containers;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  ExternalSystems(Path folder) {
    this.folder = folder;
    this.containers = containersRun();
    if (!containers) {
      System.out.println("no container engine answers: the embedded broker stands in for " + KAFKA);
    }
  }

  private static boolean containersRun() {
    try {
      return DockerClientFactory.instance().isDockerAvailable();
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** Starts a broker; returns its address. */
  String kafka() throws IOException {
    if (containers) {
      var kafka = new KafkaContainer(KAFKA);
      open.push(kafka);
      kafka.withEnv("KAFKA_MESSAGE_MAX_BYTES", "8454144");
      kafka.withStartupTimeout(STARTUP);
      kafka.start();
      return kafka.getBootstrapServers();
    }
    var broker = EmbeddedBroker.start(BrokerSettings.defaults(folder.resolve("kafka")));
    open.push(broker);
    return broker.bootstrapServers();
  }

  /** Starts a Prometheus that scrapes a port of this machine; empty, and says so, without one. */
  String prometheus(int port) throws IOException {
    if (containers) {
      Testcontainers.exposeHostPorts(port);
      Path config = config("host.testcontainers.internal:" + port, "/etc/prometheus/millrace.yml");
      var prometheus =
          new GenericContainer<>(PROMETHEUS)
              .withCopyFileToContainer(
                  MountableFile.forHostPath(config), "/etc/prometheus/prometheus.yml")
              .withCopyFileToContainer(
                  MountableFile.forHostPath(RULES), "/etc/prometheus/millrace.yml")
              .withExposedPorts(9090)
              .withStartupTimeout(STARTUP);
      open.push(prometheus);
      prometheus.start();
      return "http://" + prometheus.getHost() + ":" + prometheus.getMappedPort(9090);
    }
    Optional<Tool> installed = Tool.find("prometheus");
    if (installed.isEmpty()) {
      System.out.println(
          "no container engine and no prometheus on the PATH: meters are scraped by"
              + " the test alone");
      return "";
    }
    int at = FreePort.next();
    Process process =
        new ProcessBuilder(
                installed.get().program().toString(),
                "--config.file=" + config("127.0.0.1:" + port, RULES.toAbsolutePath().toString()),
                "--storage.tsdb.path=" + folder.resolve("prometheus"),
                "--web.listen-address=127.0.0.1:" + at)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prometheus.log").toFile())
            .start();
    open.push(
        () -> {
          process.destroy();
          process.waitFor();
        });
    return "http://127.0.0.1:" + at;
  }

  private Path config(String target, String rules) throws IOException {
    return Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: ["%s"]
        scrape_configs:
          - job_name: millrace
            static_configs:
              - targets: ["%s"]
        """
            .formatted(rules, target));
  }

  @Override
  public void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
