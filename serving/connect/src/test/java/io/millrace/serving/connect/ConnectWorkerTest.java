package io.millrace.serving.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.broker.FreePort;
import io.millrace.ingest.stream.Topics;
import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.connect.cli.ConnectStandalone;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka's own standalone worker, in a process of its own, finds this module as a plugin and writes
 * embeddings to files by Kafka's own sink.
 */
class ConnectWorkerTest {
  private static final String TOPIC = Topics.defaults().embeddings();

  @TempDir Path dir;
  private EmbeddedBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    try (Admin admin = Admin.create(client())) {
      admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
    }
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void aSinkWritesWhatTheConverterMakes() throws Exception {
    try (var producer =
        new KafkaProducer<>(client(), new StringSerializer(), new ByteArraySerializer())) {
      send(producer, "a.jpg@3", SampleRecords.bytes(0.6f, -0.8f));
      // A record that can't be read is skipped, as errors.tolerance says, and told of in the log.
      send(producer, "broken@3", new byte[] {1, 2, 3});
      send(producer, "a.jpg@3", null);
    }
    String key =
        """
        key.converter=io.millrace.serving.connect.EmbeddingConverter
        value.converter=io.millrace.serving.connect.EmbeddingConverter
        transforms=key
        transforms.key.type=io.millrace.serving.connect.KeyToValue
        errors.tolerance=all
        errors.log.enable=true
        """;
    Path structs = connector("structs", key);
    Path points =
        connector(
            "points",
            key
                + """
                key.converter.schemas.enable=false
                value.converter.schemas.enable=false
                transforms.key.layout=point
                """);
    Path log = dir.resolve("worker.log");
    Process worker = worker(log);
    try {
      List<String> asStructs = awaitLines(worker, log, structs);
      assertThat(asStructs.get(0))
          .startsWith("Struct{model=model,version=3,dimension=2,norm=5.25,vector=[0.6, -0.8],")
          .contains("source_topic=millrace.images.accepted,source_partition=1,source_offset=17")
          .contains("source=cameras,id=a.jpg,uuid=")
          .contains("time=");
      assertThat(asStructs.get(1)).isEqualTo("null");
      List<String> asPoints = awaitLines(worker, log, points);
      assertThat(asPoints.get(0))
          .startsWith("{")
          .contains("vector=[0.6, -0.8]")
          .contains("id=a.jpg")
          .doesNotContain("Struct");
      assertThat(Files.readString(log))
          .contains("an embedding of 3 bytes: expected a multiple of 4");
    } finally {
      worker.destroy();
      if (!worker.waitFor(30, TimeUnit.SECONDS)) {
        worker.destroyForcibly().waitFor();
      }
    }
  }

  /** The embedding and its tombstone. */
  private static List<String> awaitLines(Process worker, Path log, Path file) {
    return await()
        .atMost(Duration.ofSeconds(120))
        .until(
            () -> {
              assertThat(worker.isAlive()).as(() -> text(log)).isTrue();
              return Files.exists(file) ? Files.readAllLines(file) : List.<String>of();
            },
            lines -> lines.size() == 2);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  private Path connector(String name, String settings) throws Exception {
    Path file = dir.resolve(name + ".txt");
    Files.writeString(
        dir.resolve(name + ".properties"),
        """
        name=%s
        connector.class=org.apache.kafka.connect.file.FileStreamSinkConnector
        topics=%s
        file=%s
        %s
        """
            .formatted(name, TOPIC, file, settings));
    return file;
  }

  private Process worker(Path log) throws Exception {
    int port = FreePort.next();
    Path properties = dir.resolve("worker.properties");
    Files.writeString(
        properties,
        """
        bootstrap.servers=%s
        key.converter=org.apache.kafka.connect.json.JsonConverter
        value.converter=org.apache.kafka.connect.json.JsonConverter
        offset.storage.file.filename=%s
        listeners=http://127.0.0.1:%d
        plugin.path=%s
        plugin.discovery=service_load
        consumer.auto.offset.reset=earliest
        consumer.isolation.level=read_committed
        """
            .formatted(broker.bootstrapServers(), dir.resolve("offsets"), port, plugins()));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            workersClassPath(),
            ConnectStandalone.class.getName(),
            properties.toString(),
            dir.resolve("structs.properties").toString(),
            dir.resolve("points.properties").toString())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** This module and what it brings, as a folder of jars. */
  private Path plugins() throws Exception {
    Path plugin = Files.createDirectories(dir.resolve("plugins").resolve("millrace"));
    var entries = new ArrayList<Path>();
    entries.add(Path.of("target", "classes"));
    entries.addAll(dependencies());
    for (int i = 0; i < entries.size(); i++) {
      Path entry = entries.get(i);
      if (Files.isDirectory(entry)) {
        jar(entry, plugin.resolve("module-" + i + ".jar"));
      } else {
        Files.copy(entry, plugin.resolve(entry.getFileName()));
      }
    }
    return plugin.getParent();
  }

  private static List<Path> dependencies() throws Exception {
    return Arrays.stream(
            Files.readString(Path.of("target", "runtime-class-path"))
                .strip()
                .split(File.pathSeparator))
        .map(Path::of)
        .toList();
  }

  private static void jar(Path folder, Path jar) throws Exception {
    try (OutputStream out = Files.newOutputStream(jar);
        var entries = new JarOutputStream(out);
        Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        entries.putNextEntry(new JarEntry(folder.relativize(file).toString()));
        Files.copy(file, entries);
        entries.closeEntry();
      }
    }
  }

  /** Kafka's, and not the plugin: the worker must find it where it looks for plugins. */
  private static String workersClassPath() throws Exception {
    List<Path> ours =
        dependencies().stream()
            .filter(p -> Files.isDirectory(p) || p.getFileName().toString().startsWith("millrace"))
            .toList();
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.endsWith(Path.of("connect", "target", "classes").toString()))
        .filter(entry -> !ours.contains(Path.of(entry)))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  private static void send(
      KafkaProducer<String, byte[]> producer, String key, byte @Nullable [] value)
      throws Exception {
    var headers = value == null ? null : SampleRecords.headers(2);
    producer.send(new ProducerRecord<>(TOPIC, 0, 1_764_000_000_000L, key, value, headers)).get();
  }
}
