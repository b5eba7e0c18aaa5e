package io.millrace.ops.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.millrace.ops.metrics.MetricsConfig.KafkaMeters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsExportTest {
  @TempDir Path folder;

  @Test
  void pushesTheSameMetersToACollector() throws IOException {
    Queue<String> bodies = new ConcurrentLinkedQueue<>();
    var collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/metrics",
        exchange -> {
          bodies.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    String url = "http://localhost:" + collector.getAddress().getPort() + "/v1/metrics";
    try (var meters = new Meters(new MetricsConfig(url, Duration.ofSeconds(1), KafkaMeters.MAIN))) {
      meters.set(Meter.REPLAY_IMAGES, 7);
      assertThat(meters.scrape()).contains("millrace_replay_images 7.0");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> bodies.stream().anyMatch(b -> b.contains("millrace.replay.images")));
    } finally {
      collector.stop(0);
    }
  }

  @Test
  void refusesWhatIsNoAddress() {
    assertThatThrownBy(
            () -> new MetricsConfig("localhost:4318", Duration.ofMinutes(1), KafkaMeters.MAIN))
        .hasMessageContaining("otlpUrl is 'localhost:4318'");
    assertThatThrownBy(() -> new MetricsConfig("", Duration.ZERO, KafkaMeters.MAIN))
        .hasMessageContaining("PT1S to PT1H");
  }

  @Test
  void aClientsMetersComeAndGoWithIt() {
    try (var meters = new Meters()) {
      Map<String, Object> settings =
          meters.metered(Map.of("bootstrap.servers", "127.0.0.1:9", "client.id", "seen"));
      try (var consumer =
          new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        assertThat(consumer.metrics()).isNotEmpty();
        assertThat(meters.scrape()).contains("kafka_consumer_", "client_id=\"seen\"");
      }
      assertThat(meters.scrape()).doesNotContain("client_id=\"seen\"");
    }
  }

  @Test
  void howManyOfAClientsMetersThereAreIsASetting() {
    int all = kafkaSeries(KafkaMeters.ALL);
    int main = kafkaSeries(KafkaMeters.MAIN);
    assertThat(main).isPositive().isLessThan(all / 5);
    assertThat(kafkaSeries(KafkaMeters.NONE)).isZero();
  }

  private static int kafkaSeries(KafkaMeters kept) {
    try (var meters = new Meters(new MetricsConfig("", Duration.ofMinutes(1), kept))) {
      Map<String, Object> settings =
          meters.metered(Map.of("bootstrap.servers", "127.0.0.1:9", "client.id", "seen"));
      try (var consumer =
          new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        assertThat(consumer.metrics()).isNotEmpty();
        return (int) meters.scrape().lines().filter(line -> line.startsWith("kafka_")).count();
      }
    }
  }

  @Test
  void readsGpusWhereTheCommandAnswers() throws IOException {
    Path command = folder.resolve("nvidia-smi");
    Files.writeString(
        command, "#!/bin/sh\nprintf '0, 87, 1024, 143771\\n1, [N/A], 0, 143771\\n'\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    try (var meters = new Meters();
        var gpus = Gpus.start(command.toString(), meters::set).orElseThrow()) {
      assertThat(gpus).isNotNull();
      assertThat(List.of(meters.scrape().split("\n")))
          .contains(
              "millrace_gpu_busy{device=\"0\"} 87.0",
              "millrace_gpu_used_bytes{device=\"0\"} " + 1024.0 * (1 << 20),
              "millrace_gpu_busy{device=\"1\"} NaN");
      assertThat(Gpus.start(folder.resolve("missing").toString(), meters::set)).isEmpty();
    }
  }

  @Test
  void nativeMemoryIsPartOfWhatIsResident() {
    if (Files.isReadable(Path.of("/proc/self/status"))) {
      assertThat(ProcessMemory.residentBytes()).isGreaterThan(1 << 20);
      assertThat(ProcessMemory.nativeBytes()).isBetween(0.0, ProcessMemory.residentBytes());
      assertThat(ProcessMemory.peakResidentBytes()).isGreaterThanOrEqualTo(1 << 20);
    }
  }
}
